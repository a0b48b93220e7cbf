"""Identities: time-ordered UUIDs for rows, and `<kind>_<number>` handles for people."""

import re
import threading
import time
from dataclasses import dataclass
from random import getrandbits
from uuid import UUID, SafeUUID

_TAIL_BITS = 74
_TAIL_LIMIT = 1 << _TAIL_BITS
_LOW_BITS = 62
_LOW_MASK = (1 << _LOW_BITS) - 1
_VERSION_AND_VARIANT = (7 << 76) | (2 << 62)
_HANDLE = re.compile(r"([a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*)_([1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_BELOW_ZERO = {"workflow": "ai_workflow"}
"""Kinds that share a table with another one: they count below zero there, so that one number names both."""


class _Sequence:
    """Hands out UUIDv7 values that never go back within this process, whatever the clock does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._tail = 0

    def next(self) -> UUID:
        return self.some(1)[0]

    def some(self, count: int) -> list[UUID]:
        """Many at once cost half of what one by one does."""
        now = time.time_ns() // 1_000_000
        made: list[UUID] = []
        with self._lock:
            for _ in range(count):
                if now > self._millisecond:
                    self._millisecond = now
                    self._tail = getrandbits(_TAIL_BITS - 1)
                else:
                    self._tail += 1 + getrandbits(32)
                    if self._tail >= _TAIL_LIMIT:
                        self._millisecond += 1
                        self._tail = getrandbits(_TAIL_BITS - 1)
                tail = self._tail
                high = tail >> _LOW_BITS
                value = (self._millisecond << 80) | (high << 64) | (tail & _LOW_MASK) | _VERSION_AND_VARIANT
                made.append(uuid_of(value))
        return made


def id_text() -> str:
    """A new UUIDv7 as text, for names of passing things such as requests: in order of milliseconds only."""
    value = (time.time_ns() // 1_000_000 << 80) | (getrandbits(12) << 64) | getrandbits(62) | _VERSION_AND_VARIANT
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def uuid_of(value: int) -> UUID:
    """The UUID of 128 bits; its own constructor checks its arguments for three times as long as all the rest takes."""
    made = _new(UUID)
    _set(made, "int", value)
    _set(made, "is_safe", _UNKNOWN)
    return made


_new, _set = object.__new__, object.__setattr__
_UNKNOWN = SafeUUID.unknown
_sequence = _Sequence()
new_id, new_ids = _sequence.next, _sequence.some


@dataclass(frozen=True, slots=True)
class Handle:
    """The short name of a resource within its workspace, like `workflow_1`; -1 of them is `ai_workflow_1`."""

    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind}_{self.number}" if self.number >= 0 else f"{_BELOW_ZERO[self.kind]}_{-self.number}"

    @classmethod
    def parse(cls, text: str) -> "Handle | None":
        match = _HANDLE.fullmatch(text)
        return cls(match[1], int(match[2])) if match else None


def parse_reference(reference: str | int, kind: str, *, bare_number: bool = False) -> UUID | int | None:
    """Read what a path or body names a resource by: its id, or the number of its handle; `None` if it is neither.

    Args:
        reference: an id, a handle of `kind`, or with `bare_number` just the number.
        kind: the handle kind that is expected; a handle of another kind names nothing.
        bare_number: whether `1` and `"1"` stand for `<kind>_1`.
    """
    text = str(reference)
    if bare_number and _NUMBER.fullmatch(text):
        return int(text)
    handle = Handle.parse(text)
    if handle:
        if handle.kind == _BELOW_ZERO.get(kind):
            return -handle.number
        return handle.number if handle.kind == kind else None
    try:
        return UUID(text)
    except ValueError:
        return None
