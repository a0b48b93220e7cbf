"""What a run in memory meets: where its steps go, where its children are, and when it comes back."""

from collections.abc import Iterable
from typing import Protocol

from docchain.engine.local.jobs import Job
from docchain.engine.local.resident import Resident
from docchain.engine.machine.commands import CancelChild, RunStep
from docchain.engine.machine.facts import Called


class Executes(Protocol):
    """Where steps go."""

    def give(self, run: Resident, command: RunStep) -> None: ...

    def stop_cancelled(self, run: Resident) -> None: ...

    def release(self, jobs: Iterable[Job]) -> None: ...


class Calls(Protocol):
    """Where child runs are begun, cancelled, and where their end is told."""

    def begin(self, parent: Resident, called: Called) -> None: ...

    def cancel(self, command: CancelChild) -> None: ...

    def ended(self, child: Resident) -> None: ...


class Surroundings(Protocol):
    """What else a run meets."""

    workers: Executes
    children: Calls

    def due_at(self, due: int) -> None:
        """A timer is durable."""
        ...

    def come_back(self, run: Resident) -> None:
        """A parked run has left memory and wants to come back."""
        ...
