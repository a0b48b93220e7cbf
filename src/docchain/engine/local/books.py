"""The books: what workers tell the engine; nothing a step does counts before it is told here."""

from typing import Protocol

from docchain.engine.kinds import Call
from docchain.engine.local.jobs import Job
from docchain.engine.local.resident import Resident
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Fact
from docchain.engine.machine.plan import PlannedStep


class Books(Protocol):
    """What workers tell the engine."""

    def take(self, run: Resident, fact: Fact) -> bool:
        """Give a fact to the machine; false when it came too late."""
        ...

    def hold(self, job: Job) -> None:
        """Release the job to `Workers.release` when everything taken so far is durable."""
        ...

    def drop(self, run: Resident, command: RunStep) -> None:
        """The run does not want this step now."""
        ...

    def call(self, run: Resident, planned: PlannedStep, attempt: int, call: Call) -> Fact:
        """The fact that calls a child run."""
        ...

    def keep_blob(self, run: Resident, sha256: str, data: bytes) -> None: ...

    def broke(self, error: Exception) -> None:
        """A worker died of a fault that is no step's."""
        ...
