"""Slows down guessing: after a few failures in a row a username waits longer and longer, per client address."""

from collections import OrderedDict
from datetime import datetime, timedelta
from math import ceil

from docchain.features.identity.errors import TooManyAttempts

_FREE_FAILURES = 5
_LONGEST_WAIT = 300
_REMEMBERED = 10_000


class Throttle:
    """Counts in memory, the latest ones only: a restart forgives."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], tuple[int, datetime]] = OrderedDict()

    def check(self, key: tuple[str, str], now: datetime) -> None:
        _, until = self._failures.get(key, (0, now))
        if until > now:
            raise TooManyAttempts(ceil((until - now).total_seconds()))

    def failed(self, key: tuple[str, str], now: datetime) -> None:
        count = self._failures.pop(key, (0, now))[0] + 1
        wait = min(2 ** min(count - _FREE_FAILURES + 1, 16), _LONGEST_WAIT) if count >= _FREE_FAILURES else 0
        self._failures[key] = (count, now + timedelta(seconds=wait))
        if len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, key: tuple[str, str]) -> None:
        self._failures.pop(key, None)
