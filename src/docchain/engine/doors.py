"""What doors and readers exchange with an engine: commands in, journal entries out."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec

from docchain.engine.machine.facts import Fact


class StartRun(msgspec.Struct, frozen=True, gc=False):
    """Start a run of the definition with this digest; the door chose the run id, so a repeat is the same run."""

    position: int
    run_id: UUID
    workspace_id: UUID
    definition: str
    inputs: Mapping[str, Any]
    actor: str = ""
    label: str = ""
    attributes: dict[str, Any] = {}


class SignalRun(msgspec.Struct, frozen=True, gc=False):
    """Answer a waiting or parked step."""

    position: int
    run_id: UUID
    step: str
    signal: str
    payload: Any = None
    actor: str = ""


class CancelRun(msgspec.Struct, frozen=True, gc=False):
    """End a run; effects under way are awaited first."""

    position: int
    run_id: UUID
    actor: str = ""
    reason: str = ""


Command = StartRun | SignalRun | CancelRun


class CommandSource(Protocol):
    """Where doors append commands, in their own transactions."""

    async def commands_after(self, position: int, limit: int) -> Sequence[Command]:
        """The next commands in the order of their positions."""
        ...

    async def definition(self, digest: str) -> str:
        """The canonical JSON of a definition that a command names; a `LookupError` if it is not kept."""
        ...


class JournalEntry(msgspec.Struct, frozen=True, gc=False):
    """The facts of one run in one commit."""

    position: int
    run_id: UUID
    facts: list[Fact]
