"""Executing a workflow: which definition runs, with which inputs; the run itself is the runs' business."""

from collections.abc import Mapping
from typing import Any, Final

from docchain.engine.definition import DefinitionError, Fault, WorkflowSpec, read_inputs
from docchain.engine.definition.inputs import is_reference
from docchain.features.documents import DocumentService
from docchain.features.runs import Run, RunOrder, RunService, Version
from docchain.features.workflows.domain import EXECUTABLE
from docchain.features.workflows.errors import DraftInvalid, NotExecutable, WorkflowAmbiguous, WorkflowNotFound
from docchain.features.workflows.presenting import Seen, faults_of, handle_of
from docchain.features.workflows.reading import Read, Readings
from docchain.features.workflows.repository import WorkflowRepository
from docchain.features.workflows.tables import WorkflowRow, WorkflowVersionRow
from docchain.features.workflows.version_repository import Pinned
from docchain.features.workflows.versions import numbered, pinned
from docchain.platform.errors import Refusal
from docchain.platform.work import Work

_READINGS: Final = Readings()


class ExecutionService:
    """Finds workflows, takes one of their definitions and completes its inputs.

    Args:
        work: the transaction.
        within_run: whole references come from a run's own steps and may be newer than the rows of documents.
    """

    def __init__(self, work: Work, *, within_run: bool = False) -> None:
        self._work = work
        self._within_run = within_run
        self._workflows = WorkflowRepository(work.session)
        self._documents = DocumentService(work)

    def execute(
        self, reference: str | int, inputs: Mapping[str, Any], *, version: Version = "latest", **options: Any
    ) -> Run:
        """Order a run of a workflow.

        Args:
            reference: id, handle or number.
            inputs: what was given; documents by id or handle.
            version: which definition.
            options: further fields of the `RunOrder`.

        Raises:
            DefinitionError: with every missing or wrong input.
        """
        order = self.order(self.find(reference), inputs, version, **options)
        return RunService(self._work).start(order)

    def find(self, reference: str | int) -> Seen:
        row = self._workflows.to_run(reference)
        if row is None:
            raise WorkflowNotFound(str(reference))
        return row

    def find_called(self, reference: str | int) -> Seen:
        """By id, handle or number, or else by the only workflow that has this name."""
        if (row := self._workflows.to_run(reference)) is not None:
            return row
        named = self._workflows.named(str(reference))
        if len(named) > 1:
            raise WorkflowAmbiguous(str(reference), [handle_of(row) for row in named])
        if not named:
            raise WorkflowNotFound(str(reference))
        return named[0]

    def order(self, row: Seen, inputs: Mapping[str, Any], version: Version, **options: Any) -> RunOrder:
        """What a run of this workflow is to be; nothing is started yet."""
        if row.status not in EXECUTABLE:
            raise NotExecutable(handle_of(row), row.status)
        read, pinned = self._read(row, version)
        values, warnings = self.complete(read.spec, inputs)
        return RunOrder(
            read.spec,
            values,
            warnings,
            workflow_id=row.id,
            workflow_number=row.number,
            workflow_version=pinned,
            known=read.kept,
            **options,
        )

    def definition(self, row: Seen, version: Version) -> tuple[WorkflowSpec, int | None]:
        """A definition of the workflow and the number of its version; a draft has none."""
        read, number = self._read(row, version)
        return read.spec, number

    def _read(self, row: Seen, version: Version) -> tuple[Read, int | None]:
        published = self._chosen(row, version)
        if published is not None:
            return _READINGS.of(published.digest, lambda: self._definition(row, published)), published.number
        if row.faults:
            raise DraftInvalid(handle_of(row), faults_of(row))
        return _READINGS.of(row.draft_digest, lambda: self._draft(row)), None

    def _draft(self, row: Seen) -> dict[str, Any]:
        return row.draft if isinstance(row, WorkflowRow) else self._workflows.draft(row.id)

    def _definition(self, row: Seen, published: WorkflowVersionRow | Pinned) -> dict[str, Any]:
        if isinstance(published, Pinned):
            published = numbered(self._work, row, published.number)
        return published.definition

    def _chosen(self, row: Seen, version: Version) -> WorkflowVersionRow | Pinned | None:
        return pinned(self._work, row, version)

    def complete(self, spec: WorkflowSpec, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Inputs with defaults and whole references, and a warning for each undeclared one.

        Raises:
            DefinitionError: with every missing or wrong input.
        """
        return read_inputs(spec, self._with_documents(spec, inputs))

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
        if not isinstance(given, str | Mapping) or (self._within_run and is_reference(given)):
            return given
        try:
            return self._documents.resolve(given).model_dump(mode="json")
        except Refusal as refusal:
            faults.append(Fault(path, refusal.code, refusal.detail))
            return given
