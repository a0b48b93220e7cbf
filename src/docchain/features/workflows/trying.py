"""Use cases of trying things out: test some steps on pinned data, and try past runs with another definition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from docchain.engine.definition import DefinitionError, WorkflowSpec, canonical, digest_of, read_spec
from docchain.features.runs import Run, RunFilter, RunOrder, RunService, Source, Version, keep_definition
from docchain.features.workflows.domain import EXECUTABLE
from docchain.features.workflows.errors import NotAWhatIf, NotExecutable, NothingToTry, RunsTooLarge
from docchain.features.workflows.execution import ExecutionService
from docchain.features.workflows.presenting import handle_of
from docchain.features.workflows.trial_schemas import TrialRequest, WhatIfRequest
from docchain.features.workflows.trial_step import NAME
from docchain.features.workflows.trials import trial_of
from docchain.platform.pagination import PageRequest
from docchain.platform.work import Work

TEST: Final = "test"
"""Where runs of single steps come from."""

WHAT_IF: Final = "what_if"
"""The name of the system's workflow that tries past runs again."""

TRY: Final = "trial"
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class PastRun:
    """A past run's outputs and inputs, to stand in for what is not run."""

    id: UUID
    outputs: Mapping[str, Any]
    inputs: Mapping[str, Any]


class TrialService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._workflows = ExecutionService(work)

    def test(self, reference: str, request: TrialRequest, past: PastRun | None) -> Run:
        """Run the chosen steps only.

        Raises:
            DefinitionError: a name is unknown, an input is missing, or a step reads what is neither pinned nor run.
        """
        row = self._workflows.find(reference)
        spec, number = self._workflows.definition(row, request.version)
        pins = {**_stand_ins(spec, request, past), **request.pins}
        trial = trial_of(spec, request.steps, pins)
        given = {**(past.inputs if past else {}), **request.inputs}
        values, warnings = self._workflows.complete(trial, given)
        order = RunOrder(
            trial,
            values,
            warnings,
            origin=TEST,
            workflow_id=row.id,
            workflow_number=row.number,
            workflow_version=number,
            mode="dry" if request.dry else "test",
            seed=pins,
            only=request.steps,
            source=Source(past.id, "test") if past else None,
        )
        return RunService(self._work).start(order)

    def what_if(self, reference: str, request: WhatIfRequest, limit: int) -> Run:
        """Try past runs with another definition as it is now, all effects off; `limit`: bytes of their inputs."""
        row = self._workflows.find(reference)
        if row.status not in EXECUTABLE:
            raise NotExecutable(handle_of(row), row.status)
        spec, number = self._workflows.definition(row, request.version)
        past = [self._again(run, spec) for run in self._past(reference, request)]
        if not past:
            raise NothingToTry(handle_of(row))
        if (size := len(to_json(past))) > limit:
            raise RunsTooLarge(size, limit)
        version: Version = number or "draft"
        digest = digest_of(spec)
        keep_definition(self._work, digest, canonical(spec))
        of = {"workflow_id": str(row.id), "workflow_number": row.number, "workflow_version": number}
        inputs = {"workflow": handle_of(row), "version": version, "definition": digest, "of": of, "runs": past}
        order = RunOrder(_what_if_spec(), inputs, origin="system", mode="dry")
        return RunService(self._work).start(order)

    def what_if_run(self, reference: str, run: str) -> Run:
        """The system's run of a what-if of this workflow."""
        row = self._workflows.find(reference)
        found = RunService(self._work).read(run)
        if found.label != WHAT_IF or found.origin != "system" or found.inputs.get("workflow") != handle_of(row):
            raise NotAWhatIf(found.handle, handle_of(row))
        return found

    def trials_of(self, run: Run) -> dict[str, Run]:
        """The child runs of a what-if, by the step that called each."""
        page = RunService(self._work).list(RunFilter(parent=str(run.id)), PageRequest(200))
        return {child.parent.step: child for child in page.items if child.parent is not None}

    def _again(self, run: Run, spec: WorkflowSpec) -> dict[str, Any]:
        """What the trial of a past run needs; inputs that do not fit are its failure, not that of the others."""
        told = {"run": run.handle, "id": str(run.id), "inputs": run.inputs, "warnings": [], "fault": ""}
        try:
            values, warnings = ExecutionService(self._work, within_run=True).complete(spec, run.inputs)
        except DefinitionError as error:
            return told | {"fault": "; ".join(f"with.{fault}" for fault in error.faults)}
        return told | {"inputs": values, "warnings": warnings}

    def _past(self, reference: str, request: WhatIfRequest) -> list[Run]:
        runs = RunService(self._work)
        if request.runs:
            return [runs.read(name) for name in dict.fromkeys(request.runs)]
        wanted = RunFilter(statuses=request.status, workflow=reference, mode="normal", children=True)
        found = runs.list(wanted, PageRequest(request.last or 1)).items
        return [runs.read(run.handle) if run.omitted else run for run in found]


def _stand_ins(spec: WorkflowSpec, request: TrialRequest, past: PastRun | None) -> dict[str, Any]:
    """Outputs of the past run for steps that the definition still has and that do not run."""
    if past is None:
        return {}
    known = {step.id for step in spec.steps} - set(request.steps)
    return {name: output for name, output in past.outputs.items() if name in known}


def _what_if_spec() -> WorkflowSpec:
    """The system's own workflow: the chosen definition for each past run, some at once, whatever fails."""
    return read_spec(
        {
            "workflow": WHAT_IF,
            "inputs": {"workflow": {}, "version": {}, "definition": {}, "of": {}, "runs": {"type": "list"}},
            "steps": [
                {
                    "id": TRY,
                    "use": NAME,
                    "for_each": {"items": "${inputs.runs}", "concurrency": _AT_ONCE, "tolerate": "all"},
                    "with": {
                        "definition": "${inputs.definition}",
                        "workflow": "${inputs.of}",
                        "inputs": "${item.inputs}",
                        "warnings": "${item.warnings}",
                        "fault": "${item.fault}",
                    },
                    "retry": {"attempts": 1},
                }
            ],
        }
    )
