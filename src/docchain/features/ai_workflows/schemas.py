"""What the doors say and hear about AI workflows."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docchain.features.ai_workflows.domain import AUTO, WorkflowKind
from docchain.features.runs import StartOptions, Version
from docchain.features.workflows import Workflow, WorkflowFilter
from docchain.platform.model import Model
from docchain.platform.pagination import PageQuery

INPUT: Final[dict[str, Any]] = {
    "text": "El pedido 4711 llegó el lunes con dos cajas rotas. El cliente pide la reposición antes del viernes. "
    "El transportista reconoce el daño y asume el coste. Almacén prepara hoy las dos cajas nuevas."
}
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Tag = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=50),
    Field(json_schema_extra={"pattern": r"\S"}),
]
Provider = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$"),
    Field(description="Whom its AI steps ask; `auto` takes the workspace's order.", examples=["local"]),
]
ModelName = Annotated[
    str, StringConstraints(max_length=200), Field(description="The provider's model; empty: the one of the settings.")
]
InputData = Annotated[dict[str, Any], Field(description="What each run is given, unless it is given something else.")]
Definition = Annotated[
    dict[str, Any] | str, Field(description="A definition of your own: a JSON object, or its YAML as text.")
]
Seconds = Annotated[float, Field(ge=0, le=300, description="Wait so long for the end of the run.", examples=[30])]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AiWorkflowCreate(_Request):
    """A new AI workflow; its steps are those of the template, of its type's first template, or its own."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Resumen de incidencias",
                "workflow_type": "summarization",
                "template_name": "summarize_text",
                "ai_provider": "local",
                "input_data": INPUT,
            }
        }
    )

    name: Name = ""
    description: str | None = Field(None, max_length=10_000)
    tags: list[Tag] | None = Field(None, max_length=50)
    workflow_type: WorkflowKind | None = Field(
        None, description="What sort of task it is; the template's, or `custom`, unless said."
    )
    input_data: InputData = Field(default_factory=dict)
    template_name: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="GET /ai-workflows/templates lists them; one that nobody knows is told as a warning."
    )
    ai_provider: Provider = AUTO
    ai_model: ModelName = ""
    definition: Definition | None = None


class AiWorkflowUpdate(_Request):
    """Changes; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"tags": ["demo"], "ai_provider": "auto"}})

    name: Annotated[Name, StringConstraints(min_length=1)] | None = None
    description: str | None = Field(None, max_length=10_000)
    tags: list[Tag] | None = Field(None, max_length=50)
    input_data: InputData | None = None
    ai_provider: Provider | None = None
    ai_model: ModelName | None = None
    definition: Definition | None = None


class AiWorkflow(Workflow):
    """An AI workflow: a workflow with a template, a provider and the data that its runs are given."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e77",
                "handle": "ai_workflow_1",
                "name": "Resumen de incidencias",
                "title": "Summarize a text",
                "description": "The sentences that say most, as they stand.",
                "tags": ["ai"],
                "proposed": ["tags"],
                "workflow_type": "summarization",
                "status": "draft",
                "published_version": None,
                "unpublished_changes": False,
                "valid": True,
                "revision": 1,
                "definition": {"workflow": "summarize_text", "steps": []},
                "faults": [],
                "warnings": [],
                "template_name": "summarize_text",
                "ai_provider": "local",
                "ai_model": "",
                "input_data": INPUT,
                "created_at": "2026-11-22T09:30:00Z",
                "created_by": "admin",
                "updated_at": "2026-11-22T09:30:00Z",
                "deleted_at": None,
            }
        }
    )

    template_name: str = Field(description="The template that it was made from; empty: none.")
    ai_provider: str
    ai_model: str
    input_data: dict[str, Any]


class AiWorkflowQuery(PageQuery):
    """How a list of AI workflows is asked for."""

    q: str | None = Field(
        None, max_length=200, description="Words in name, title or description.", examples=["incidencias"]
    )
    workflow_type: list[WorkflowKind] = Field([], max_length=9, description="One of these types.")
    status: list[Literal["draft", "active", "paused", "archived"]] = Field(
        [], max_length=4, description="One or more; in a query, repeat the parameter."
    )
    tag: list[Tag] = Field([], max_length=20, description="All of these tags.")
    owner: str | None = Field(None, max_length=200, description="Who created it.")
    sort: Literal["created_at", "-created_at", "updated_at", "-updated_at", "name", "-name"] = "-created_at"

    def filter(self) -> WorkflowFilter:
        return WorkflowFilter(self.q, self.status, self.tag, self.owner, types=self.workflow_type, ai=True)


class AiExecuteRequest(StartOptions):
    """What one run is given; the rest is the AI workflow's own input data. `parameters` is another word for it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"input_data": INPUT, "wait": 30}})

    input_data: dict[str, Any] = Field(
        default_factory=dict, description="Documents by id or handle; undeclared inputs are kept, with a warning."
    )
    parameters: dict[str, Any] = Field(default_factory=dict)
    version: Version = Field(
        "latest",
        description="A published version by number or label, `draft`, or `latest`: the newest one, or else the draft.",
    )
    dry_run: bool = Field(default=False, strict=True, description="Effects off; models are asked all the same.")
    wait: Annotated[Seconds, Field(strict=True)] | None = None

    @property
    def given(self) -> dict[str, Any]:
        return {**self.parameters, **self.input_data}


class TemplateSample(Model):
    """Input to try a template with; documents are texts to upload, by the input that takes each."""

    language: str = Field(examples=["es"])
    input_data: dict[str, Any] = Field(default_factory=dict)
    documents: dict[str, "SampleDocument"] = Field(default_factory=dict)


class SampleDocument(Model):
    name: str = Field(examples=["factura.md"])
    media_type: str = "text/markdown"
    text: str


class AiTemplate(Model):
    """A ready AI workflow."""

    name: str = Field(examples=["summarize_text"])
    workflow_type: str = Field(examples=["summarization"])
    title: str
    description: str
    works_offline: bool = Field(description="Whether it runs with no key and no network.")
    custom: bool = Field(description="Whether the workspace made it.")
    definition: dict[str, Any]
    samples: list[TemplateSample]


class AiTemplateList(Model):
    items: list[AiTemplate]


class AiTemplateCreate(_Request):
    """A template of the workspace: from a definition, or from an AI workflow as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "incident_summary",
                "title": "Resumen de una incidencia",
                "from_workflow": "ai_workflow_1",
            }
        }
    )

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    workflow_type: WorkflowKind | None = None
    title: str = Field("", max_length=200)
    description: str = Field("", max_length=2_000)
    definition: Definition | None = None
    from_workflow: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="An AI workflow, by id, handle or number."
    )
    sample_input: dict[str, Any] = Field(default_factory=dict)


class AiTemplateUpdate(_Request):
    """Changes of a template of the workspace; what is left out stays, and so do AI workflows that were made of it."""

    model_config = ConfigDict(json_schema_extra={"example": {"title": "Resumen de una incidencia", "description": ""}})

    workflow_type: WorkflowKind | None = None
    title: str | None = Field(None, max_length=200)
    description: str | None = Field(None, max_length=2_000)
    definition: Definition | None = None
    sample_input: dict[str, Any] | None = None
