"""A circuit breaker: who fails again and again is left alone for a while, then one call tries; pure, with its clock."""

from collections import deque
from collections.abc import Callable
from typing import Final

from docchain.features.ai.port import Health

_WINDOW: Final = 300.0
_MOST: Final = 1_000


class Breaker:
    """Of one provider.

    Args:
        failures: in a row, after which nobody calls.
        seconds: for which nobody calls.
        clock: seconds that only go forward.
    """

    def __init__(self, failures: int, seconds: float, clock: Callable[[], float]) -> None:
        self._limit, self._seconds, self._clock = failures, seconds, clock
        self._in_a_row = 0
        self._until: float | None = None
        self._calls: deque[tuple[float, float | None]] = deque(maxlen=_MOST)

    def enter(self) -> float:
        """Seconds until a call may be made; 0: now. Whoever tries after a pause tries alone."""
        if self._until is None:
            return 0.0
        left = self._until - self._clock()
        if left > 0:
            return left
        self._until = self._clock() + self._seconds
        return 0.0

    def succeeded(self, seconds: float) -> None:
        self._calls.append((self._clock(), seconds))
        self._in_a_row, self._until = 0, None

    def failed(self) -> None:
        self._calls.append((self._clock(), None))
        self._in_a_row += 1
        if self._in_a_row >= self._limit:
            self._until = self._clock() + self._seconds

    def health(self) -> Health:
        """From the calls of the last five minutes."""
        since = self._clock() - _WINDOW
        recent = [took for at, took in self._calls if at >= since]
        good = sorted(took for took in recent if took is not None)
        failures = len(recent) - len(good)
        latency = round(good[len(good) // 2] * 1000) if good else None
        if self._until is not None and self._until > self._clock():
            return Health("open", latency, failures)
        if not recent:
            return Health("unknown")
        return Health("degraded" if failures else "ok", latency, failures)
