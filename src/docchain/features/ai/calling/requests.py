"""One request to a model, on the books: written down and reserved before it is sent, settled whatever happens."""

import asyncio
import time
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from docchain.features.ai.caching.answers import Kept
from docchain.features.ai.caching.repository import AnswerRepository
from docchain.features.ai.cost.ledger import Instead, Ledger, Order, Settled
from docchain.features.ai.port import Ask, Bound, Deltas, Origin, Provider, ProviderFailedError, Reply, Usage
from docchain.features.ai.providers.prices import price_of
from docchain.platform.clock import ms_since
from docchain.platform.database import Database
from docchain.platform.settings_ai import AiSettings
from docchain.platform.work import SYSTEM, Actor, Work


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply, its row of the ledger, and what it cost; None where nobody knows the price."""

    reply: Reply
    call: UUID
    cost: Decimal | None


class Requests:
    """Keeps the books.

    Args:
        database: where they are.
        settings: prices, and how long a call may take.
    """

    def __init__(self, database: Database, settings: AiSettings) -> None:
        self._database, self._settings = database, settings

    async def send(
        self,
        provider: Provider,
        model: str,
        ask: Ask,
        origin: Origin,
        deltas: Deltas | None,
        key: str = "",
        redacted: int = 0,
    ) -> Sent:
        """Raises `ProviderFailedError` and `BudgetReached`."""
        actor = Actor(None, "system", origin.workspace)
        order = Order(origin, provider.name, model, ask.task, key, provider.bound(ask, model), ask.prompt, redacted)
        call = await self._begun(actor, order)
        if isinstance(call, Instead):
            model = call.model
            order = replace(order, model=model, bound=provider.bound(ask, model))
            call = await self._begun(actor, order)
        assert isinstance(call, UUID)  # noqa: S101 - the cheaper model is asked of no further one
        began = time.monotonic()
        try:
            reply = await provider.send(ask, model, origin, deltas)
        except ProviderFailedError as error:
            state = "failed" if error.billed == "no" else "unknown"
            await self._settle(actor, call, Settled(state, failure=error.failure, took_ms=ms_since(began)))  # type: ignore[arg-type]
            raise
        except BaseException as error:  # cancelled, or a fault of ours: nobody knows what was billed
            failure = "cancelled" if isinstance(error, asyncio.CancelledError) else "bug"
            await self._settle(actor, call, Settled("unknown", failure=failure, took_ms=ms_since(began)))
            raise
        cost = price_of(self._settings, provider.name, model, reply.usage)
        await self._settle(actor, call, Settled("confirmed", reply.usage, cost, took_ms=ms_since(began)))
        return Sent(reply, call, cost)

    async def _begun(self, actor: Actor, order: Order) -> UUID | Instead:
        begun = await self._database.write(lambda work: self._ledger(work).begin(order), actor)
        if isinstance(begun, Instead) and begun.refusal is not None:
            raise begun.refusal
        return begun

    async def note(self, order: Order, usage: Usage, cost: Decimal, took_ms: int) -> UUID:
        """A local method's answer."""
        actor = Actor(None, "system", order.origin.workspace)
        settled = Settled("confirmed", usage, cost, took_ms=took_ms)
        return await self._database.write(lambda work: self._ledger(work).note(order, settled), actor)

    async def hit(self, origin: Origin, kept: Kept, ask: Ask, key: str) -> UUID:
        """An answer that was known."""
        nothing = Bound(0, 0, Decimal(0))
        order = Order(origin, kept.provider, kept.model, ask.task, key, nothing, ask.prompt)
        actor = Actor(None, "system", origin.workspace)

        def write(work: Work) -> UUID:
            AnswerRepository(work.session).hit(key)
            return self._ledger(work).note(order, Settled("cached", cost=Decimal(0)))

        return await self._database.write(write, actor)

    async def recover(self) -> None:
        """Settle what killed processes left."""
        await self._database.write(lambda work: self._ledger(work).recover(), SYSTEM)

    async def _settle(self, actor: Actor, call: UUID, settled: Settled) -> None:
        await asyncio.shield(self._database.write(lambda work: self._ledger(work).settle(call, settled), actor))

    def _ledger(self, work: Work) -> Ledger:
        return Ledger(work, self._settings.ai_timeout)
