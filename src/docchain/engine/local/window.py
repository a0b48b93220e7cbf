"""The window: how many runs may be in memory at once, shared evenly by the workspaces that have some there."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

_LEAST: Final = 64
"""Every workspace may have so many, however small its share."""


class Window:
    """Counts runs by workspace. Who was refused is remembered, and `on_room` is called when there is room again."""

    def __init__(self, size: int, on_room: Callable[[], None]) -> None:
        self._size = size
        self._on_room = on_room
        # Keyed by number: hashing a UUID costs ten times as much.
        self._counts: dict[int, int] = {}
        self._refused: dict[int, UUID] = {}

    @property
    def refused(self) -> frozenset[UUID]:
        return frozenset(self._refused.values())

    def enter(self, workspace: UUID) -> None:
        key = workspace.int
        self._counts[key] = self._counts.get(key, 0) + 1

    def leave(self, workspace: UUID) -> None:
        key = workspace.int
        count = self._counts[key] - 1
        if count:
            self._counts[key] = count
        else:
            del self._counts[key]
        if key in self._refused and count <= self._share * 3 // 4:
            del self._refused[key]
            self._on_room()

    def room(self, workspace: UUID) -> int:
        """How many more runs of this workspace may come; none is a refusal."""
        room = self._share - self._counts.get(workspace.int, 0)
        if room <= 0:
            self._refused[workspace.int] = workspace
        return max(room, 0)

    @property
    def _share(self) -> int:
        return max(_LEAST, self._size // max(1, len(self._counts)))
