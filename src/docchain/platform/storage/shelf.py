"""A shelf keeps named bytes and knows nothing of what they mean; a name appears only with all of its bytes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

Broken = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    size: int
    modified: datetime


class Arrival(Protocol):
    """Bytes that come in, and have no name yet."""

    async def write(self, data: bytes) -> None: ...

    async def keep(self, name: str, is_broken: Broken) -> None:
        """Make all of it durable under a name; what has that name already is the same, and young again.

        Args:
            name: on the shelf.
            is_broken: whether what has that name must be replaced; asked only by who would rather leave it there.
        """
        ...

    async def discard(self) -> None:
        """Leave nothing behind, unless it was kept."""
        ...


class Shelf(Protocol):
    def arrive(self) -> Arrival: ...

    async def size(self, name: str) -> int | None: ...

    async def part(self, name: str, start: int, end: int) -> bytes:
        """Read from `start` up to `end`; `FileNotFoundError` if there is no such name."""
        ...

    def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]: ...

    async def create(self, name: str, data: bytes) -> bool:
        """Keep something small, unless there is something of that name."""
        ...

    async def replace(self, name: str, data: bytes) -> None: ...

    def items(self, prefix: str, after: str = "") -> AsyncIterator[Item]:
        """Everything whose first folders are `prefix`, in the order of names, behind one of them."""
        ...

    async def drop(self, name: str, unchanged_since: datetime) -> bool:
        """Remove what nobody stored again since a moment; whether it was removed."""
        ...

    async def sign(self, name: str, lasts: timedelta) -> str | None:
        """An address at which the store itself hands it out for a while, if it can."""
        ...

    async def drop_abandoned(self, before: datetime) -> int:
        """Remove arrivals that were never kept."""
        ...
