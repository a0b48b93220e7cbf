"""Use cases of templates: those of the product and those that a workspace made of its own AI workflows."""

from typing import Any, Final

from docchain.engine.definition import DefinitionError, Fault, read_text
from docchain.engine.kinds import Kinds
from docchain.features.ai_workflows.catalogue import shipped
from docchain.features.ai_workflows.errors import (
    NothingForTemplate,
    TemplateChanged,
    TemplateNotFound,
    TemplateShipped,
    TemplateTaken,
    TooManyTemplates,
)
from docchain.features.ai_workflows.repository import AiWorkflows
from docchain.features.ai_workflows.schemas import AiTemplate, AiTemplateCreate, AiTemplateUpdate, AiWorkflow
from docchain.features.ai_workflows.tables import AiTemplateRow
from docchain.features.workflows import validate
from docchain.platform.handles import wait_for_turn
from docchain.platform.ids import new_id
from docchain.platform.preconditions import Expected, state_of
from docchain.platform.work import Work

_TOLD: Final = 20
_KIND: Final = "ai_template"


class TemplateService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = AiWorkflows(work.session)

    def list(self) -> list[AiTemplate]:
        return [*shipped().values(), *map(_shown, self._rows.templates())]

    def find(self, name: str) -> AiTemplate | None:
        if (known := shipped().get(name)) is not None:
            return known
        row = self._rows.template(name)
        return None if row is None else _shown(row)

    def read(self, name: str) -> AiTemplate:
        found = self.find(name)
        if found is None:
            raise TemplateNotFound(name, [one.name for one in self.list()][:_TOLD])
        return found

    def create(self, wanted: AiTemplateCreate, source: AiWorkflow | None, kinds: Kinds, most: int) -> AiTemplate:
        """Keep a definition, or that of an AI workflow, as a template.

        Raises:
            DefinitionError: the definition has faults.
        """
        if (wanted.definition is None) == (source is None):
            raise NothingForTemplate
        wait_for_turn(self._work, _KIND)
        if self.find(wanted.name) is not None:
            raise TemplateTaken(wanted.name)
        if len(self._rows.templates()) >= most:
            raise TooManyTemplates(most)
        definition = checked(wanted.definition, kinds) if source is None else source.definition
        sample = wanted.sample_input or (source.input_data if source else {})
        row = AiTemplateRow(
            id=new_id(),
            name=wanted.name,
            workflow_type=wanted.workflow_type or (source.workflow_type if source else "custom"),
            title=wanted.title or definition.get("title") or wanted.name,
            description=wanted.description or definition.get("description") or "",
            definition=definition,
            samples=_samples(sample),
            created_at=self._work.now,
            created_by=self._work.actor.name,
        )
        self._rows.add(row)
        return self._told("created", row)

    def change(self, name: str, wanted: AiTemplateUpdate, kinds: Kinds, expected: Expected) -> AiTemplate:
        """Raises `DefinitionError`; AI workflows that were made of it stay as they are."""
        row = self._claimed(name, expected)
        if wanted.definition is not None:
            row.definition = checked(wanted.definition, kinds)
        if wanted.sample_input is not None:
            row.samples = _samples(wanted.sample_input)
        row.workflow_type = wanted.workflow_type or row.workflow_type
        row.title = row.title if wanted.title is None else wanted.title
        row.description = row.description if wanted.description is None else wanted.description
        return self._told("changed", row)

    def delete(self, name: str, expected: Expected) -> None:
        row = self._claimed(name, expected)
        self._told("deleted", row)
        self._rows.remove(row)

    def _claimed(self, name: str, expected: Expected) -> AiTemplateRow:
        """One of the workspace's own, to be changed by nobody else meanwhile."""
        if name in shipped():
            raise TemplateShipped(name)
        row = self._rows.template(name, to_change=True)
        if row is None:
            raise TemplateNotFound(name, [one.name for one in self._rows.templates()][:_TOLD])
        expected.check(state_of(_shown(row)), TemplateChanged(name))
        return row

    def _told(self, what: str, row: AiTemplateRow) -> AiTemplate:
        told = {"name": row.name, "type": row.workflow_type}
        self._work.emit(f"workflow.template_{what}", _KIND, row.id, told)
        return _shown(row)


def checked(definition: dict[str, Any] | str | None, kinds: Kinds) -> dict[str, Any]:
    """A definition as data, without faults."""
    data = read_text(definition) if isinstance(definition, str) else dict(definition or {})
    told, _ = validate(data, kinds)
    if not told.valid:
        raise DefinitionError([Fault(one.path, one.code, one.message, one.node or "") for one in told.errors])
    return data


def _samples(given: dict[str, Any]) -> list[Any]:
    return [{"language": "", "input_data": given}] if given else []


def _shown(row: AiTemplateRow) -> AiTemplate:
    return AiTemplate(
        name=row.name,
        workflow_type=row.workflow_type,
        title=row.title,
        description=row.description,
        works_offline=False,
        custom=True,
        definition=row.definition,
        samples=row.samples,
    )
