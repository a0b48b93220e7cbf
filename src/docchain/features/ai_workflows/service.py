"""Use cases of AI workflows: made from templates, kept as workflows, executed by the same engine."""

from collections.abc import Sequence
from typing import Any

from docchain.engine.definition import read_text
from docchain.engine.kinds import Kinds
from docchain.features.ai_workflows.catalogue import FIRST, shipped
from docchain.features.ai_workflows.domain import AUTO, HANDLE, asking, name_of
from docchain.features.ai_workflows.errors import AiWorkflowNotFound
from docchain.features.ai_workflows.repository import AiWorkflows
from docchain.features.ai_workflows.schemas import (
    AiExecuteRequest,
    AiTemplate,
    AiWorkflow,
    AiWorkflowCreate,
    AiWorkflowUpdate,
)
from docchain.features.ai_workflows.tables import AiWorkflowRow
from docchain.features.ai_workflows.templating import TemplateService
from docchain.features.runs import Run
from docchain.features.workflows import (
    ExecutionService,
    Keeper,
    ValidationFault,
    Workflow,
    WorkflowCreate,
    WorkflowFilter,
    WorkflowService,
    WorkflowSummary,
    WorkflowUpdate,
)
from docchain.platform.errors import NotFound
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.work import Work

AsRead = int | frozenset[str] | None


class AiWorkflowService:
    def __init__(self, work: Work, kinds: Kinds) -> None:
        self._work = work
        self._workflows = WorkflowService(work, kinds, Keeper(work, ai=True))
        self._templates = TemplateService(work)
        self._rows = AiWorkflows(work.session)

    def create(self, wanted: AiWorkflowCreate) -> AiWorkflow:
        """Make an AI workflow of its own definition, of the template that it names, or of its type's first one.

        Raises:
            DefinitionError: the definition has faults.
        """
        template, warnings = self._template(wanted)
        kind = wanted.workflow_type or (template.workflow_type if template else "custom")
        given = wanted.definition if template is None else template.definition
        definition = read_text(given) if isinstance(given, str) else given or {}
        if wanted.ai_provider != AUTO or wanted.ai_model:
            definition = asking(definition, wanted.ai_provider, wanted.ai_model)
        made = self._workflows.create(
            WorkflowCreate(
                name=wanted.name,
                description=wanted.description,
                tags=wanted.tags,
                workflow_type=kind,
                definition=definition,
            )
        )
        row = AiWorkflowRow(
            workflow_id=made.id,
            template=template.name if template else "",
            provider=wanted.ai_provider,
            model=wanted.ai_model,
            input_data=wanted.input_data,
        )
        self._rows.add(row)
        shown = _shown(made, row)
        shown.warnings += warnings
        return shown

    def read(self, reference: str) -> AiWorkflow:
        found = self._found(reference)
        return _shown(found, self._row(found))

    def list(self, wanted: WorkflowFilter, sort: str, request: PageRequest) -> Page[WorkflowSummary]:
        return self._workflows.list(wanted, sort, request)

    def update(self, reference: str, wanted: AiWorkflowUpdate, revision: AsRead) -> AiWorkflow:
        found = self._found(reference)
        row = self._row(found)
        self._rows.add(row)
        if wanted.input_data is not None:
            row.input_data = wanted.input_data
        row.provider = wanted.ai_provider or row.provider
        row.model = row.model if wanted.ai_model is None else wanted.ai_model
        told: dict[str, Any] = wanted.model_dump(
            include={"name", "description", "tags"}, exclude_unset=True, exclude_none=True
        )
        given = wanted.definition if wanted.definition is not None else found.definition
        if wanted.definition is not None or wanted.ai_provider is not None or wanted.ai_model is not None:
            definition = read_text(given) if isinstance(given, str) else given
            told["definition"] = asking(definition, row.provider, row.model)
        changed = self._workflows.update(str(found.id), WorkflowUpdate.model_validate(told), revision)
        return _shown(changed, row)

    def delete(self, reference: str, revision: AsRead) -> None:
        self._workflows.delete(str(self._found(reference).id), revision)

    def execute(self, reference: str, wanted: AiExecuteRequest, **options: Any) -> Run:
        """Order a run; what it is not given is the AI workflow's own input data."""
        found = self.read(reference)
        inputs = {**found.input_data, **wanted.given}
        return ExecutionService(self._work).execute(str(found.id), inputs, version=wanted.version, **options)

    def _found(self, reference: str) -> Workflow:
        name = name_of(reference)
        if name is None:
            raise AiWorkflowNotFound(reference)
        try:
            found = self._workflows.read(name)
        except NotFound:
            raise AiWorkflowNotFound(reference) from None
        if not found.handle.startswith(HANDLE):
            raise AiWorkflowNotFound(reference)
        return found

    def _row(self, found: Workflow) -> AiWorkflowRow:
        """What it has besides; one that was imported has nothing yet."""
        blank = AiWorkflowRow(workflow_id=found.id, template="", provider=AUTO, model="", input_data={})
        return self._rows.of([found.id]).get(found.id, blank)

    def _template(self, wanted: AiWorkflowCreate) -> tuple[AiTemplate | None, Sequence[ValidationFault]]:
        """The template to take, and a warning where another one was named."""
        named = wanted.template_name or ""
        if named and (found := self._templates.find(named)) is not None:
            return found, []
        kind = wanted.workflow_type or "custom"
        first = None if wanted.definition is not None else _first(kind, wanted.input_data)
        if not named:
            return first, []
        took = f"the template {first.name!r} of its type was taken" if first else "your definition was taken"
        message = f"There is no template {named!r}; {took}. GET /ai-workflows/templates lists them."
        return first, [ValidationFault(path="template_name", code="ai_template_not_found", message=message)]


def _first(kind: str, given: dict[str, Any]) -> AiTemplate:
    """The first template of a type whose needs the input data meet, or else the first one."""
    of_kind = [one for one in shipped().values() if one.workflow_type == kind]
    meant = [one for one in of_kind if given and _needed(one.definition) <= set(given)]
    first = shipped()[FIRST[kind]]
    return first if first in meant or not meant else meant[0]


def _needed(definition: dict[str, Any]) -> set[str]:
    declared = definition.get("inputs", {}).items()
    return {name for name, told in declared if told.get("required", "default" not in told)}


def _shown(found: Workflow, row: AiWorkflowRow) -> AiWorkflow:
    return AiWorkflow(
        **dict(found),
        template_name=row.template,
        ai_provider=row.provider,
        ai_model=row.model,
        input_data=row.input_data,
    )
