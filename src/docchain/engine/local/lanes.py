"""Lanes: commands of one sort by workspace, each read from its own cursor; what everyone was given is a floor."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, TypeVar
from uuid import UUID

from docchain.engine.doors import Command, Cursors

C = TypeVar("C", bound=Command)
_MOST: Final = 32
"""A few at a time: whoever orders amid a flood waits for one reading of it."""
_LEAST: Final = 16
_MANY: Final = 100
"""Cursors that are worth a floor."""
ALL: Final = "commands"
"""The cursor of earlier releases: everything up to it is read, whosever it is."""


class Lanes:
    """How far commands of one sort are read; `name` and `prefix` name the floor and the cursors in the journal."""

    def __init__(self, name: str, prefix: str, keep: Callable[[str, int], None]) -> None:
        self._name = name
        self._prefix = prefix
        self._keep = keep
        self.cursors = Cursors()
        self.each = _MOST

    def go_on_after(self, kept: Mapping[str, int]) -> None:
        floor = max(kept.get(ALL, 0), kept.get(self._name, 0))
        lanes = ((name.removeprefix(self._prefix), at) for name, at in kept.items() if name.startswith(self._prefix))
        self.cursors = Cursors(floor, {UUID(hex=name): at for name, at in lanes if at > floor})

    def move(self, command: Command) -> None:
        self.cursors.positions[command.workspace_id] = command.position
        self._keep(self._prefix + command.workspace_id.hex, command.position)

    def has_more(self, read: Sequence[Command], *, held_back: bool = False) -> bool:
        """Whether there may be more than was read; if not, and nobody was held back, all lanes are at the floor."""
        counts = Counter(command.workspace_id for command in read)
        more = len(read) >= _MOST or any(count >= self.each for count in counts.values())
        self.each = max(_LEAST, _MOST // max(1, len(counts)))
        positions = self.cursors.positions
        if len(positions) > _MANY and not (more or held_back):
            self.cursors = Cursors(max(positions.values()))
            self._keep(self._name, self.cursors.floor)
        return more


def in_turn(commands: Sequence[C]) -> Iterator[C]:
    """One of each workspace after the other; those of one in their order."""
    lanes: dict[UUID, list[C]] = {}
    for command in commands:
        lanes.setdefault(command.workspace_id, []).append(command)
    for round_ in zip_longest(*lanes.values()):
        yield from (command for command in round_ if command is not None)


def apart(commands: Iterable[C], most: int) -> Iterator[list[C]]:
    """In their order, in pieces of which none holds two for the same run."""
    piece: dict[UUID, C] = {}
    for command in commands:
        if command.run_id in piece or len(piece) == most:
            yield list(piece.values())
            piece = {}
        piece[command.run_id] = command
    if piece:
        yield list(piece.values())
