"""A batch: one durable run a file, embedded in this process; what `docchain run` does without a server."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from docchain.engine.definition import DefinitionError, Fault, WorkflowSpec, compile_plan, read_inputs
from docchain.engine.machine.state import SETTLED, RunState
from docchain.entrypoints.files import read_chunks
from docchain.features.documents import Arrival, DocumentRef, DocumentService
from docchain.features.documents.intake.schemas import IntakeItem
from docchain.features.runs import LiveRuns, Run, RunOrder, RunService, status_of
from docchain.platform.ids import new_id
from docchain.platform.work import Actor, Work
from docchain.services import Services

FIELDS_KIND: Final = "extract.fields"


@dataclass(slots=True)
class FileRun:
    """One file on its way: its run, and the last state seen of it; or why it stays out."""

    path: Path | None
    run: Run | None
    duplicate_of: str | None = None
    state: RunState | None = None
    refused: IntakeItem | None = None

    @property
    def status(self) -> str:
        if self.refused is not None:
            return "refused"
        return status_of(self.state) if self.state else "queued"

    @property
    def settled(self) -> bool:
        """Ended, waiting, or never begun."""
        return self.status not in {"queued", "pending", "running"}

    @property
    def progress(self) -> float:
        if self.state is None or not self.state.steps:
            return float(self.settled)
        done = sum(step.status in SETTLED for step in self.state.steps.values())
        return 1.0 if self.settled else done / len(self.state.steps)


@dataclass(slots=True)
class Batch:
    """Uploads files, starts their runs, and follows them until each has ended or waits."""

    services: Services
    actor: Actor
    spec: WorkflowSpec
    inputs: dict[str, Any]
    runs: list[FileRun] = field(default_factory=list)
    _position: int = 0

    def __post_init__(self) -> None:
        compile_plan(self.spec, self.services.kinds)

    @property
    def document_input(self) -> str:
        """The input that takes the file.

        Raises:
            DefinitionError: for a workflow without one.
        """
        for name, declared in self.spec.inputs.items():
            if declared.type == "document":
                return name
        raise DefinitionError([Fault("inputs", "missing", "no input has the type document; add one to take the files")])

    async def start(self, paths: Sequence[Path]) -> None:
        """Every file is stored and its run accepted before any result is awaited; without files there is one run."""
        self._position = await self.services.engine.journal.last_position()
        if not paths:
            await self._order(None, self.inputs)
        name = self.document_input if paths else ""
        for path in paths:
            item = await self._take(path)
            if item.outcome == "refused":
                self.runs.append(FileRun(path, None, refused=item))
                continue
            reference, original = await self.services.database.read(partial(_named, item), self.actor)
            await self._order(path, {**self.inputs, name: reference.model_dump(mode="json")}, original)
        self.services.engine.wake()

    async def _order(self, path: Path | None, inputs: dict[str, Any], original: str | None = None) -> None:
        values, warnings = read_inputs(self.spec, inputs)
        order = RunOrder(self.spec, values, warnings, origin="cli")
        run = await self.services.database.write(lambda work: RunService(work).start(order), self.actor)
        self.runs.append(FileRun(path, run, original))

    async def _take(self, path: Path) -> IntakeItem:
        """Each batch is asked for anew, so a file that was taken before becomes another document."""
        arrival = Arrival("cli", f"run|{new_id()}", path.name, None, str(path))
        return await self.services.keeper.take(self.actor, arrival, read_chunks(path))

    async def follow(self, report: Callable[[FileRun], None]) -> None:
        """Return when every run has ended or waits; `report` is called whenever one moved."""
        engine = self.services.engine
        moved = asyncio.Event()
        engine.on_commit(moved.set)
        open_ = {item.run.id: (item, item.run) for item in self.runs if item.run}
        while open_:
            moved.clear()
            while entries := await engine.entries_after(self._position):
                self._position = entries[-1].position
                for run_id in {entry.run_id for entry in entries} & open_.keys():
                    item, run = open_[run_id]
                    item.state = await engine.state(run_id)
                    report(item)
                    if item.settled:
                        item.run = await LiveRuns(engine).present(run)
                        del open_[run_id]
            if open_:
                await moved.wait()

    def result(self, item: FileRun) -> dict[str, Any]:
        """One JSON object: fields with confidence, page and box; faults; how the run ended."""
        if item.refused is not None:
            return _refusal(item, item.refused)
        state, run = item.state, item.run
        assert state is not None and run is not None  # noqa: S101, PT018  (called for settled runs)
        extracted = self._extracted(state)
        faults = list(extracted.get("faults", []))
        if state.failure:
            faults.append(
                {"path": state.failed_step, "code": state.failure, "message": state.message, "severity": "error"}
            )
        return {
            "file": str(item.path) if item.path else None,
            "run": run.handle,
            "status": item.status,
            "waits": run.waits,
            "accepted": item.status == "succeeded" and not self._asked_a_person(state),
            "fields": extracted.get("fields", {}),
            "faults": faults,
            "duplicate_of": item.duplicate_of,
            "output": state.output,
        }

    def _extracted(self, state: RunState) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for step in self.spec.steps:
            output = state.outputs.get(step.id)
            if step.use == FIELDS_KIND and isinstance(output, dict):
                found = output
        return found

    def _asked_a_person(self, state: RunState) -> bool:
        return any(step.use == "human.approval" and state.steps[step.id].started_at for step in self.spec.steps)


def _named(item: IntakeItem, work: Work) -> tuple[DocumentRef, str | None]:
    """The document that a file became, and the name of the first one with the same bytes."""
    service = DocumentService(work)
    original = service.read(str(item.duplicate_of)).name if item.duplicate_of else None
    return service.resolve(str(item.version_id)), original


def _refusal(item: FileRun, refused: IntakeItem) -> dict[str, Any]:
    fault = {"path": "", "code": refused.reason, "message": refused.detail, "severity": "error"}
    return {
        "file": str(item.path),
        "run": None,
        "status": item.status,
        "waits": {},
        "accepted": False,
        "fields": {},
        "faults": [fault],
        "duplicate_of": None,
        "output": None,
    }
