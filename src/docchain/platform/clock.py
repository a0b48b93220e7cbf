"""Time as the product sees it: UTC, and from one place, so that tests can set it."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime: ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def ms_since(began: float) -> int:
    """Whole milliseconds since a moment of `time.monotonic`."""
    return int(1_000 * (time.monotonic() - began))
