"""Asks the first provider of an order that can; its one rule: it keeps no books."""

import time
from decimal import Decimal
from uuid import UUID, uuid4

from docchain.features.ai.asking import Answer, Choice, Policies
from docchain.features.ai.errors import CapabilityMissing, ProviderNotConfigured, ProviderUnavailable
from docchain.features.ai.port import Ask, Deltas, Origin, ProviderFailedError
from docchain.features.ai.providers.registry import Providers


class Unbooked:
    """Asks without books.

    Args:
        providers: who may be asked.
        policies: in which order.
    """

    def __init__(self, providers: Providers, policies: Policies) -> None:
        self._providers, self._policies = providers, policies

    async def call(self, ask: Ask, origin: Origin, choice: Choice, deltas: Deltas | None = None) -> Answer:
        """The answer."""
        policy = await self._policies.of(origin.workspace)
        order = policy.order or self._providers.order
        name = order[0] if choice.provider == "auto" else choice.provider
        began = time.monotonic()
        try:
            provider = await self._providers.get(name)
            able = provider.can(ask)
            if not able.able:
                raise CapabilityMissing(able.missing, able.setting)
            reply = await provider.send(ask, choice.model or self._providers.model_of(name), origin, deltas)
        except ProviderFailedError as error:
            if error.failure == "not_configured":
                raise ProviderNotConfigured(str(error)) from None
            raise ProviderUnavailable(str(error), error.retry_after) from None
        took = int(1_000 * (time.monotonic() - began))
        call: UUID = uuid4()
        return Answer(
            reply.text,
            reply.value,
            name,
            reply.model,
            reply.usage,
            Decimal(0),
            "USD",
            cached=False,
            finish=reply.finish,
            confidence=reply.confidence,
            took_ms=took,
            call=call,
        )
