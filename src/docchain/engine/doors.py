"""What doors and readers exchange with an engine: commands in, journal entries out."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Protocol
from uuid import UUID

import msgspec

from docchain.engine.machine.facts import Fact, Parent


class StartRun(msgspec.Struct, frozen=True, gc=False):
    """Start a run of the definition with this digest; the door chose the run id, so a repeat is the same run.

    `seed` holds outputs of steps that count as done; `only` names the steps to run (all when empty); `dry` turns
    effects off; `not_before` is in microseconds since the epoch; a higher `priority` goes first.
    """

    position: int
    run_id: UUID
    workspace_id: UUID
    definition: str
    inputs: Mapping[str, Any]
    actor: str = ""
    label: str = ""
    attributes: dict[str, Any] = {}
    priority: int = 0
    not_before: int | None = None
    seed: dict[str, Any] = {}
    only: Sequence[str] = ()
    dry: bool = False
    parent: Parent | None = None


class SignalRun(msgspec.Struct, frozen=True, gc=False):
    """Answer a waiting or parked step."""

    position: int
    run_id: UUID
    workspace_id: UUID
    step: str
    signal: str
    payload: Any = None
    actor: str = ""


class CancelRun(msgspec.Struct, frozen=True, gc=False):
    """End a run; effects under way are awaited first."""

    position: int
    run_id: UUID
    workspace_id: UUID
    actor: str = ""
    reason: str = ""


class PauseRun(msgspec.Struct, frozen=True, gc=False):
    """Start no further step of the run; steps under way come to their end."""

    position: int
    run_id: UUID
    workspace_id: UUID
    actor: str = ""
    reason: str = ""


class ResumeRun(msgspec.Struct, frozen=True, gc=False):
    """Go on with a paused run."""

    position: int
    run_id: UUID
    workspace_id: UUID
    actor: str = ""


class RetryRun(msgspec.Struct, frozen=True, gc=False):
    """Go on with a run that ended badly: its failed steps, or only those named, are tried again."""

    position: int
    run_id: UUID
    workspace_id: UUID
    actor: str = ""
    steps: Sequence[str] = ()


Command = StartRun | SignalRun | CancelRun | PauseRun | ResumeRun | RetryRun


class Cursors(msgspec.Struct):
    """How far commands of one sort were read: of each workspace to its own position, of the others to the floor."""

    floor: int = 0
    positions: dict[UUID, int] = {}

    def of(self, workspace: UUID) -> int:
        return max(self.floor, self.positions.get(workspace, 0))


class CommandSource(Protocol):
    """Where doors append commands, in their own transactions.

    Starts and orders (all other commands) are read apart: an order must not wait behind starts.
    """

    async def starts_after(self, cursors: Cursors, each: int, without: AbstractSet[UUID]) -> Sequence[StartRun]:
        """The next starts of every workspace behind its cursor, in the order of their positions.

        Args:
            cursors: how far starts were read.
            each: how many of one workspace at most; at least 512 come in all where there are so many.
            without: workspaces whose turn it is not.
        """
        ...

    async def orders_after(self, cursors: Cursors, each: int) -> Sequence[Command]:
        """The next orders, in the same way."""
        ...

    async def starts_of(self, run_ids: Sequence[UUID]) -> Sequence[StartRun]:
        """The starts of these runs, as far as they are kept."""
        ...

    async def definition(self, digest: str) -> str:
        """The canonical JSON of a definition that a command names; a `LookupError` if it is not kept."""
        ...


class JournalEntry(msgspec.Struct, frozen=True, gc=False):
    """The facts of one run in one commit."""

    position: int
    run_id: UUID
    facts: list[Fact]
