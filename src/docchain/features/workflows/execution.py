"""Executing a workflow: which definition runs, with which inputs; the run itself is the runs' business."""

from collections.abc import Mapping
from typing import Any

from docchain.engine.definition import DefinitionError, Fault, WorkflowSpec, read_inputs, read_spec
from docchain.features.documents import DocumentService
from docchain.features.runs import Run, RunOrder, RunService
from docchain.features.workflows.domain import EXECUTABLE
from docchain.features.workflows.errors import NotExecutable, VersionNotFound, WorkflowNotFound
from docchain.features.workflows.presenting import handle_of
from docchain.features.workflows.repository import WorkflowRepository
from docchain.features.workflows.tables import WorkflowRow
from docchain.platform.errors import Refusal
from docchain.platform.work import Work


class ExecutionService:
    """A published workflow runs its newest version, one without a publication its draft as it stands."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._workflows = WorkflowRepository(work.session)
        self._documents = DocumentService(work)

    def execute(
        self, reference: str | int, inputs: Mapping[str, Any], *, version: int | None = None, origin: str = "api"
    ) -> Run:
        """Order a run of a workflow.

        Raises:
            DefinitionError: with every missing or wrong input.
        """
        row = self._workflows.find(reference)
        if row is None:
            raise WorkflowNotFound(str(reference))
        if row.status not in EXECUTABLE:
            raise NotExecutable(handle_of(row), row.status)
        pinned = version or row.published_version
        spec = read_spec(self._definition(row, pinned))
        values, warnings = read_inputs(spec, self._with_documents(spec, inputs))
        order = RunOrder(
            spec,
            values,
            warnings,
            origin,
            workflow_id=row.id,
            workflow_number=row.number,
            workflow_version=pinned,
        )
        return RunService(self._work).start(order)

    def _definition(self, row: WorkflowRow, version: int | None) -> dict[str, Any]:
        if version is None:
            return row.draft
        published = self._workflows.version(row.id, version)
        if published is None:
            raise VersionNotFound(handle_of(row), version)
        return published.definition

    def _with_documents(self, spec: WorkflowSpec, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Documents may be named by id or handle; runs get whole references to versions of this workspace."""
        values = dict(inputs)
        faults: list[Fault] = []
        for name, declared in spec.inputs.items():
            given = values.get(name)
            if given is None:
                continue
            if declared.type == "document":
                values[name] = self._reference(given, f"inputs.{name}", faults)
            elif declared.type == "documents" and isinstance(given, list):
                places = enumerate(given)
                values[name] = [self._reference(item, f"inputs.{name}[{place}]", faults) for place, item in places]
        if faults:
            raise DefinitionError(faults)
        return values

    def _reference(self, given: Any, path: str, faults: list[Fault]) -> Any:
        if not isinstance(given, str | Mapping):
            return given
        try:
            return self._documents.resolve(given).model_dump(mode="json")
        except Refusal as refusal:
            faults.append(Fault(path, refusal.code, refusal.detail))
            return given
