"""A loop beside the product: it acts when woken or when it is time, and tries again, later and later, what fails."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from docchain.platform.hops import EndedError

log = structlog.get_logger(__name__)
Loop = Callable[[], Coroutine[Any, Any, None]]
_AFTER_START: Final = 0.3


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds.

    Attributes:
        rest: between two acts, however often it is woken.
        poll: after which it acts unwoken.
        longest: that it waits at most before it tries again what fails.
    """

    rest: float
    poll: float
    longest: float = 60.0


async def persevere(
    act: Callable[[], Awaitable[object]], wake: asyncio.Event, rhythm: Rhythm, failed: str, *, first: float = 0.0
) -> None:
    """Act until cancelled, or until the product stops.

    Args:
        act: does all there is to do now.
        wake: set when there may be something to do.
        rhythm: how often.
        failed: what the log calls an act that raised.
        first: seconds to wait before the first act.
    """
    await asyncio.sleep(first)
    pause = 0.0
    while True:
        wake.clear()
        try:
            await act()
        except EndedError:
            return
        except Exception:
            pause = min(max(pause, rhythm.rest, 0.5) * 2, rhythm.longest)
            log.exception(failed, retry_in=pause)
            await asyncio.sleep(pause)
            continue
        pause = 0.0
        await asyncio.sleep(rhythm.rest)
        with suppress(TimeoutError):
            async with asyncio.timeout(rhythm.poll):
                await wake.wait()


def after_start(loop: Loop) -> Loop:
    """The same a moment later: a server that starts answers first."""

    async def later() -> None:
        await asyncio.sleep(_AFTER_START)
        await loop()

    return later
