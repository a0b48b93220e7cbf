"""Slows down guessing: per user and address, per address, and per user for addresses that the user never came from.

Whoever signed in from an address before can never be locked out there by failures elsewhere.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final, NamedTuple

from docchain.features.identity.errors import TooManyAttempts
from docchain.platform.addresses import counted_as
from docchain.platform.clock import Clock
from docchain.platform.settings import SecuritySettings

_REMEMBERED: Final = 20_000
_FORGOTTEN: Final = timedelta(hours=1)
_DOUBLINGS: Final = 16

_Key = tuple[str, str, str]


class _Failures(NamedTuple):
    number: int
    last: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Bounds:
    """Failures in a row that cost nothing, and the longest wait in seconds."""

    pair: int
    user: int
    address: int
    longest: int

    @classmethod
    def of(cls, settings: SecuritySettings) -> "Bounds":
        return cls(
            settings.sign_in_failures,
            settings.sign_in_failures_user,
            settings.sign_in_failures_address,
            settings.sign_in_longest_wait,
        )


class Throttle:
    """Counts in memory, the latest ones only, for an hour: a restart forgives."""

    def __init__(self, bounds: Bounds, clock: Clock) -> None:
        self._bounds = bounds
        self._clock = clock
        self._failures: OrderedDict[_Key, _Failures] = OrderedDict()

    def strangers_wait(self, name: str, address: str) -> bool:
        """Whether it matters from where a user came before."""
        return max(self._until(_user(name)), self._until(_blocked(address))) > self._clock.now()

    def block(self, address: str, minutes: float) -> None:
        """Keep an address out, but for users who came from there before: others share it with an attacker."""
        now = self._clock.now()
        self._failures[_blocked(address)] = _Failures(0, now, now + timedelta(minutes=minutes))

    def check(self, name: str, address: str, *, known: bool) -> None:
        """Refuse an attempt that comes too early.

        Raises:
            TooManyAttempts: there were too many failures.
        """
        keys = [_pair(name, address), _address(address)] + ([] if known else [_user(name), _blocked(address)])
        until = max(self._until(key) for key in keys)
        wait = until - self._clock.now()
        if wait > timedelta():
            raise TooManyAttempts(ceil(wait.total_seconds()), name)

    def failed(self, name: str, address: str) -> None:
        self._count(_pair(name, address), self._bounds.pair)
        self._count(_address(address), self._bounds.address)
        self._count(_user(name), self._bounds.user)

    def succeeded(self, name: str, address: str) -> None:
        """Forgive the user here; not the address: who guesses others' passwords may have a user of their own."""
        self._failures.pop(_pair(name, address), None)

    @property
    def waiting(self) -> int:
        """How many users, addresses and pairs of them have to wait now."""
        now = self._clock.now()
        return sum(found.until > now for found in self._failures.values())

    def _until(self, key: _Key) -> datetime:
        found = self._failures.get(key)
        return self._clock.now() if found is None else found.until

    def _count(self, key: _Key, free: int) -> None:
        now = self._clock.now()
        known = self._failures.pop(key, None)
        count = known.number + 1 if known is not None and now - known.last < _FORGOTTEN else 1
        over = count - free
        wait = min(2 ** min(over + 1, _DOUBLINGS), self._bounds.longest) if over >= 0 else 0
        self._failures[key] = _Failures(count, now, now + timedelta(seconds=wait))
        if len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)


def _pair(name: str, address: str) -> _Key:
    return "pair", name, counted_as(address)


def _user(name: str) -> _Key:
    return "user", name, ""


def _address(address: str) -> _Key:
    return "address", "", counted_as(address)


def _blocked(address: str) -> _Key:
    return "blocked", "", counted_as(address)
