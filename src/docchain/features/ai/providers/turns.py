"""Turns at providers: so many calls at once and a minute as the operator allows; who waits too long is told when."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from docchain.features.ai.port import ProviderFailedError
from docchain.platform.limits.counting import Counter
from docchain.platform.limits.policies import Policy
from docchain.platform.settings_ai import AiSettings

_AT_ONCE: Final = 8
_MINUTE: Final = 60.0
_SOON: Final = 1.0
_LEAST: Final = 0.001


class Turns:
    """Of all providers.

    Args:
        settings: what the operator allows.
        counter: where calls are counted.
        clock: seconds that only go forward.
        sleep: waits.
    """

    def __init__(
        self,
        settings: AiSettings,
        counter: Counter,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings, self._counter, self._clock, self._sleep = settings, counter, clock, sleep
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._policies = {
            name: Policy("ai", amount, _MINUTE, max(1, amount // 10)) for name, amount in settings.ai_rates.items()
        }

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """A turn at a provider, for as long as the call takes.

        Raises:
            ProviderFailedError: none came in the time that a call may take.
        """
        until = self._clock() + self._settings.ai_timeout
        gate = self._gates.setdefault(name, asyncio.Semaphore(self._settings.ai_concurrency.get(name, _AT_ONCE)))
        try:
            async with asyncio.timeout(self._settings.ai_timeout):
                await gate.acquire()
        except TimeoutError:
            raise _late(name, "at once", "DOCCHAIN_AI_CONCURRENCY", _SOON) from None
        try:
            await self._counted(name, until)
            yield
        finally:
            gate.release()

    async def _counted(self, name: str, until: float) -> None:
        policy = self._policies.get(name)
        while policy is not None and (wait := (await self._counter.take(name, policy)).wait):
            if self._clock() + wait > until:
                raise _late(name, "a minute", "DOCCHAIN_AI_RATES", wait)
            await self._sleep(max(wait, _LEAST))


def _late(name: str, how: str, setting: str, wait: float) -> ProviderFailedError:
    sentence = f"{name} is asked as often {how} as {setting} allows. Try again in {max(1, round(wait))} s, or raise it."
    return ProviderFailedError(sentence, failure="rate_limited", retry_after=wait)
