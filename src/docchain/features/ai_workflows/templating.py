"""Use cases of templates: those of the product and those that a workspace made of its own AI workflows."""

from typing import Any

from docchain.engine.definition import DefinitionError, Fault, read_text
from docchain.engine.kinds import Kinds
from docchain.features.ai_workflows.catalogue import shipped
from docchain.features.ai_workflows.errors import NothingForTemplate, TemplateTaken, TooManyTemplates
from docchain.features.ai_workflows.repository import AiWorkflows
from docchain.features.ai_workflows.schemas import AiTemplate, AiTemplateCreate, AiWorkflow
from docchain.features.ai_workflows.tables import AiTemplateRow
from docchain.features.workflows import validate
from docchain.platform.ids import new_id
from docchain.platform.work import Work


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

    def create(self, wanted: AiTemplateCreate, source: AiWorkflow | None, kinds: Kinds, most: int) -> AiTemplate:
        """Keep a definition, or that of an AI workflow, as a template.

        Raises:
            DefinitionError: the definition has faults.
        """
        if (wanted.definition is None) == (source is None):
            raise NothingForTemplate
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
            samples=[{"language": "", "input_data": sample}] if sample else [],
            created_at=self._work.now,
            created_by=self._work.actor.name,
        )
        self._rows.add(row)
        self._work.emit(
            "workflow.template_created", "ai_template", row.id, {"name": row.name, "type": row.workflow_type}
        )
        return _shown(row)


def checked(definition: dict[str, Any] | str | None, kinds: Kinds) -> dict[str, Any]:
    """A definition as data, without faults."""
    data = read_text(definition) if isinstance(definition, str) else dict(definition or {})
    told, _ = validate(data, kinds)
    if not told.valid:
        raise DefinitionError([Fault(one.path, one.code, one.message, one.node or "") for one in told.errors])
    return data


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
