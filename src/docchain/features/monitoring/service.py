"""Health: runs the probes that were handed down, side by side, and waits for none of them for long."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog

from docchain import __version__
from docchain.features.monitoring.schemas import Check, Health
from docchain.platform.errors import Refusal

Probe = Callable[[], Awaitable[object]]
_LONGEST = 2.0
_LASTS = 0.5
_WORST_FIRST: Final[Sequence[Literal["failed", "degraded"]]] = ("failed", "degraded")
_log = structlog.get_logger("docchain.health")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found that did not fail: what is not as it should be, if anything, and what people like to see."""

    degraded: str = ""
    shows: Mapping[str, str | int | None] = field(default_factory=dict)


class HealthService:
    """Asks every probe; a probe that raises or takes too long has failed; one may find it all well, or degraded.

    Args:
        probes: by the name that the answer shows.
        longest: seconds a probe may take.
        lasts: seconds for which all who ask are told what one look found.
    """

    def __init__(self, probes: Mapping[str, Probe], *, longest: float = _LONGEST, lasts: float = _LASTS) -> None:
        self._probes = {"process": _turn_of_the_loop, **probes}
        self._longest = longest
        self._lasts = lasts
        self._started = time.monotonic()
        self._look: asyncio.Task[Health] | None = None
        self._until = 0.0

    async def check(self) -> Health:
        """What a look found that began a moment ago, or that is under way."""
        now = time.monotonic()
        if self._look is None or (self._look.done() and now >= self._until):
            self._look = asyncio.create_task(self._check())
            self._until = now + self._lasts
        return await asyncio.shield(self._look)

    async def _check(self) -> Health:
        answers = await asyncio.gather(*(self._ask(name, probe) for name, probe in self._probes.items()))
        checks = dict(zip(self._probes, answers, strict=True))
        found = {check.status for check in answers}
        return Health(
            status=next((status for status in _WORST_FIRST if status in found), "ok"),
            version=__version__,
            uptime_seconds=round(time.monotonic() - self._started, 1),
            checks=checks,
        )

    async def _ask(self, name: str, probe: Probe) -> Check:
        began = time.perf_counter()
        found, failure = None, None
        try:
            found = await asyncio.wait_for(probe(), self._longest)
        except TimeoutError:
            failure = f"It did not answer within {self._longest:g} s."
        except Refusal as refusal:
            _log.warning("probe refused", probe=name, reason=refusal.detail)
            failure = f"{refusal.title}; the log of the server says why."
        except Exception:  # noqa: BLE001 - whatever a probe raises, it has failed
            _log.exception("probe failed", probe=name)
            failure = "It failed; the log of the server says why."
        milliseconds = round((time.perf_counter() - began) * 1000, 2)
        if failure:
            return Check(status="failed", latency_ms=milliseconds, detail=failure)
        if not isinstance(found, Finding):
            found = Finding()
        status = "degraded" if found.degraded else "ok"
        return Check(status=status, latency_ms=milliseconds, detail=found.degraded or None, shows=dict(found.shows))


async def _turn_of_the_loop() -> None:
    """Measure how long the process takes to come round to something new."""
    await asyncio.sleep(0)
