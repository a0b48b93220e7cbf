"""Calls: who is asked, in which order, and what happens when they fail; every answer comes through here."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any, Final, Protocol

from docchain.features.ai import errors
from docchain.features.ai.asking import Answer, Choice, Fallback, Policies, Policy, Redaction
from docchain.features.ai.caching.answers import Answers, Kept
from docchain.features.ai.calling.refusing import BUSY, Unable, is_worth_telling, refusal
from docchain.features.ai.calling.requests import Requests, Sent
from docchain.features.ai.calling.restoring import Heard, Restored
from docchain.features.ai.calling.schemas import schema_fault
from docchain.features.ai.calling.structured import Checked, checked, mending
from docchain.features.ai.cost.domain import CURRENCY
from docchain.features.ai.cost.ledger import Order
from docchain.features.ai.port import Ask, Deltas, Origin, Provider, ProviderFailedError, Reply, Usage
from docchain.features.ai.privacy.policy import stricter
from docchain.features.ai.privacy.service import VeilFactory
from docchain.features.ai.privacy.veiling import Veil
from docchain.features.ai.providers.registry import Providers
from docchain.platform.clock import ms_since
from docchain.platform.processes import ChildError
from docchain.platform.settings_ai import ON_THIS_MACHINE
from docchain.platform.threads import to_its_end

_NEXT: Final = BUSY | {"not_configured", "capability_missing"}
_LONGEST_WAIT: Final = 20.0


class RemoteChecks(Policies, Protocol):
    """Policies that also refuse, and write down, what must not leave."""

    async def check_remote(self, workspace: Any, provider: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question to one provider."""

    ask: Ask
    origin: Origin
    choice: Choice
    policy: Policy
    deltas: Heard | None


class Calls:
    """The one way to a model.

    Args:
        providers: whom there is.
        policies: what workspaces wish.
        requests: sends one request, on the books.
        answers: what is known already.
        veils: takes personal data out of what leaves.
        repairs: how often a structured answer is mended.
        retries: how often a busy provider is asked again.
    """

    def __init__(
        self,
        providers: Providers,
        policies: RemoteChecks,
        requests: Requests,
        answers: Answers,
        veils: VeilFactory,
        *,
        repairs: int = 1,
        retries: int = 2,
    ) -> None:
        self._providers, self._policies = providers, policies
        self._requests, self._answers, self._veils = requests, answers, veils
        self._repairs, self._retries = repairs, retries

    async def call(self, ask: Ask, origin: Origin, choice: Choice, deltas: Deltas | None = None) -> Answer:
        """The answer of the first provider of the order that can give one.

        Raises:
            Refusal: one of `docchain.features.ai.errors`.
        """
        if ask.schema is not None and (fault := await to_its_end(schema_fault, ask.schema)):
            raise errors.SchemaInvalid(fault)
        policy = await self._policies.of(origin.workspace)
        asked = _Asked(ask, origin, choice, policy, None if deltas is None else Heard(deltas))
        order = self._order(choice, policy)
        refused: list[tuple[str, Exception]] = []
        for name in order:
            if asked.deltas is not None:
                await asked.deltas.restart()
            try:
                answer = await self._from(name, asked)
            except (ProviderFailedError, errors.NothingLeaves) as error:
                refused.append((name, error))
                if isinstance(error, ProviderFailedError) and error.failure not in _NEXT:
                    break
                continue
            if refused and (choice.provider != "auto" or is_worth_telling(refused)):
                return replace(answer, fallback=Fallback(refused[0][0], str(refused[0][1])))
            return answer
        raise refusal(refused, self._providers.names)

    def _order(self, choice: Choice, policy: Policy) -> list[str]:
        if choice.provider == "auto":
            return list(policy.order or self._providers.order)
        if choice.provider not in self._providers.names:
            raise errors.ProviderUnknown(choice.provider, self._providers.names)
        named = [choice.provider]
        return [*named, "local"] if policy.fallback_local and choice.provider != "local" else named

    async def _from(self, name: str, asked: _Asked) -> Answer:
        if name not in ON_THIS_MACHINE:
            await self._policies.check_remote(asked.origin.workspace, name)
        provider = await self._providers.get(name)
        able = provider.can(asked.ask)
        if not able.able:
            raise Unable(able.missing, able.setting)
        if not provider.remote:
            return await self._local(provider, asked)
        chosen = asked.choice.model if asked.choice.provider in (name, "auto") else ""
        model = chosen or asked.policy.models.get(name, "") or self._providers.model_of(name)
        if not model:
            sentence = f"Nobody chose a model of {name}. Name one, or set it in DOCCHAIN_AI_MODELS."
            raise ProviderFailedError(sentence, failure="not_configured")
        return await self._remote(provider, model, asked)

    async def _local(self, provider: Provider, asked: _Asked) -> Answer:
        began = time.monotonic()
        reply = await provider.send(asked.ask, "", asked.origin, asked.deltas)
        took = ms_since(began)
        bound = provider.bound(asked.ask, "")
        order = Order(asked.origin, provider.name, reply.model, asked.ask.task, "", bound, asked.ask.prompt)
        call = await self._requests.note(order, reply.usage, Decimal(0), took)
        return _answer(_kept(reply, provider.name, reply.usage, Decimal(0)), call=call, took_ms=took, cached=False)

    async def _remote(self, provider: Provider, model: str, asked: _Asked) -> Answer:
        level = stricter(asked.policy.redact, asked.choice.redact)
        key = None
        if asked.choice.cache:
            key = await self._answers.key_of(asked.origin.workspace, _question(asked.ask, provider.name, model, level))
        if key is None:
            return await self._made(provider, model, level, asked, "")
        async with self._answers.claimed(asked.origin.workspace, key) as claim:
            if claim.known is not None:
                return await self._known(claim.known, asked, key)
            return await self._made(provider, model, level, asked, key)

    async def _known(self, kept: Kept, asked: _Asked, key: str) -> Answer:
        if asked.deltas is not None and kept.text:
            await asked.deltas(kept.text)
        call = await self._requests.hit(asked.origin, kept, asked.ask, key)
        return _answer(kept, call=call, took_ms=0, cached=True)

    async def _made(self, provider: Provider, model: str, level: Redaction, asked: _Asked, key: str) -> Answer:
        """Ask until the answer fits; each request is a row of the ledger."""
        ask, veil = await self._veiled(asked.ask, level)
        wanted = asked.ask.schema
        deltas = None if asked.deltas is None else Restored(asked.deltas, veil, quoted=wanted is not None)
        redacted, began, sent = veil.count, time.monotonic(), list[Sent]()
        for mended in range(self._repairs + 1):
            sent.append(await self._patiently(provider, model, ask, asked.origin, deltas, (key, redacted)))
            reply = sent[-1].reply
            if wanted is None:
                found = Checked(veil.back_value(reply.value), [], [])
            else:
                found = await to_its_end(checked, reply, ask, wanted, veil)
            if not found.faults:
                break
            if mended == self._repairs:
                raise errors.OutputInvalid(f"{provider.name}/{model} answered with what does not fit.", found.faults)
            ask = mending(ask, reply.text, found.told)
            if deltas is not None:
                await deltas.restart()
        text = veil.back(reply.text)
        if wanted is not None and redacted:
            text = json.dumps(found.value, ensure_ascii=False)
        usage, costs = _summed([one.reply.usage for one in sent]), [one.cost for one in sent]
        cost = None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))
        kept = Kept(
            text, found.value, provider.name, reply.model, usage, cost, reply.finish, reply.confidence, reply.hint
        )
        if key and reply.finish == "stop" and reply.model == model:  # a budget may have chosen a cheaper one
            await self._answers.keep(asked.origin.workspace, key, kept, asked.origin.document)
        last = sent[-1].call
        answer = _answer(kept, call=last, took_ms=ms_since(began), cached=False)
        return replace(answer, calls=len(sent), redacted=redacted)

    async def _veiled(self, ask: Ask, level: Redaction) -> tuple[Ask, Veil]:
        try:
            return await self._veils.veil_ask(ask, level)
        except ChildError:
            sentence = "The text could not be searched for personal data, so nothing was sent. Give less text."
            raise errors.ProviderUnavailable(sentence) from None

    async def _patiently(
        self,
        provider: Provider,
        model: str,
        ask: Ask,
        origin: Origin,
        deltas: Restored | None,
        about: tuple[str, int],
    ) -> Sent:
        """One request; a busy provider is asked again, unless it wants to be left alone for long."""
        for tried in range(self._retries + 1):
            async with self._providers.gate(provider.name):
                try:
                    sent = await self._requests.send(provider, model, ask, origin, deltas, *about)
                except ProviderFailedError as error:
                    wait = error.retry_after or min(0.5 * 2**tried, 8.0) * (0.5 + random.random() / 2)  # noqa: S311 - jitter
                    if error.failure not in BUSY or tried == self._retries or wait > _LONGEST_WAIT:
                        raise
                else:
                    if deltas is not None:
                        await deltas.end()
                    return sent
            if deltas is not None:
                await deltas.restart()
            await asyncio.sleep(wait)
            await self._policies.check_remote(origin.workspace, provider.name)  # it may have been switched meanwhile
        raise AssertionError  # the last try returns or raises


def _question(ask: Ask, provider: str, model: str, level: Redaction) -> bytes:
    told = asdict(replace(ask, local={})) | {"provider": provider, "model": model, "level": level}
    return json.dumps(told, sort_keys=True, default=str).encode()


def _kept(reply: Reply, provider: str, usage: Usage, cost: Decimal | None) -> Kept:
    return Kept(reply.text, reply.value, provider, reply.model, usage, cost, reply.finish, reply.confidence, reply.hint)


def _answer(kept: Kept, *, call: Any, took_ms: int, cached: bool) -> Answer:
    return Answer(
        kept.text,
        kept.value,
        kept.provider,
        kept.model,
        kept.usage,
        kept.cost,
        CURRENCY,
        cached,
        kept.finish,
        kept.confidence,
        took_ms,
        call,
        calls=0 if cached else 1,
        hint=kept.hint,
    )


def _summed(usages: Sequence[Usage]) -> Usage:
    return Usage(
        sum(usage.tokens_in for usage in usages),
        sum(usage.tokens_out for usage in usages),
        sum(usage.cached_in for usage in usages),
        sum(usage.reasoning for usage in usages),
        any(usage.estimated for usage in usages),
    )
