"""The workflows' reader of the journal: a run that failed starts the error workflow that its definition names."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import structlog

from docchain.engine.definition import DefinitionError
from docchain.engine.doors import JournalEntry
from docchain.engine.machine.facts import Ended
from docchain.features.runs import Run, RunService, Source, with_definitions
from docchain.features.workflows.execution import ExecutionService
from docchain.platform.errors import Refusal
from docchain.platform.work import Work

log = structlog.get_logger(__name__)
ORIGIN: Final = "error_workflow"
"""Where such runs come from; one of them that fails starts no other."""


class ErrorWorkflows:
    """Register it behind the runs' own reader. What it starts commits with the journal's cursor: once for each end.

    Args:
        wake: tells the engine that there are commands.
    """

    name = "error_workflows"

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def handle(self, work: Work, entries: Sequence[JournalEntry]) -> None:
        failed = [entry.run_id for entry in entries if any(_is_failure(fact) for fact in entry.facts)]
        if not failed:
            return
        work.session.flush()
        named = [(workspace, run, name) for workspace, run, name in _named(work, failed) if _counts(run)]
        for workspace_id, run, name in named:
            with work.inside(workspace_id):
                _start(work, run, name)
        if named:
            work.after_commit(self._wake)


def _is_failure(fact: Any) -> bool:
    return isinstance(fact, Ended) and fact.status == "failed"


def _counts(run: Run) -> bool:
    """Trials are watched by whoever tries, and an error workflow that fails must not start itself again."""
    return run.mode == "normal" and run.origin != ORIGIN


def _named(work: Work, run_ids: Iterable[UUID]) -> Iterator[tuple[UUID, Run, str]]:
    """Those of the runs whose definition names an error workflow, and its name."""
    for workspace_id, run, body in with_definitions(work, run_ids):
        if '"error_workflow"' in body and (name := json.loads(body).get("error_workflow")):
            yield workspace_id, run, str(name)


def _start(work: Work, run: Run, name: str) -> None:
    service = ExecutionService(work, within_run=True)
    source = Source(run.id, "error")
    try:
        order = service.order(service.find_called(name), _inputs(run), "latest", origin=ORIGIN, source=source)
    except (DefinitionError, Refusal) as error:
        reason = str(error)
        log.warning("error_workflow_not_started", run=run.handle, error_workflow=name, reason=reason)
        told = {"run": run.handle, "error_workflow": name, "reason": reason}
        work.emit("run.error_workflow_not_started", "run", run.id, told)
        RunService(work).warn(run.id, f"The error workflow {name!r} was not started: {reason}")
        return
    RunService(work).start(replace(order, warnings=()))


def _inputs(run: Run) -> dict[str, Any]:
    """What an error workflow is told; it declares the inputs that it wants."""
    return {
        "run": run.handle,
        "workflow": run.workflow or run.label,
        "failed_step": run.failed_step,
        "failure": run.failure,
        "message": run.message,
        "inputs": run.inputs,
    }
