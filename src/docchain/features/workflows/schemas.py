"""What the doors say and hear about workflows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from docchain.features.runs import StartOptions
from docchain.platform.model import Model
from docchain.platform.pagination import PageRequest

WorkflowStatus = Literal["draft", "active", "paused", "archived"]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]

_DEFINITION: Final[dict[str, Any]] = {
    "workflow": "greeting",
    "title": "Greeting",
    "inputs": {"name": {"type": "string", "default": "world"}},
    "steps": [
        {"id": "text", "use": "text.template", "with": {"template": "Hello {{ name }}!", "data": "${inputs}"}},
    ],
    "output": "${steps.text.text}",
}
_WORKFLOW: Final[dict[str, Any]] = {
    "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
    "handle": "workflow_1",
    "name": "greeting",
    "title": "Greeting",
    "description": "1 step: text.template.",
    "tags": ["text"],
    "proposed": ["description", "tags"],
    "status": "active",
    "published_version": 1,
    "unpublished_changes": False,
    "revision": 2,
    "definition": _DEFINITION,
    "warnings": [],
    "created_at": "2026-11-22T09:30:00Z",
    "created_by": "admin",
    "updated_at": "2026-11-22T09:31:00Z",
    "deleted_at": None,
}
Definition = Annotated[
    dict[str, Any] | str,
    Field(description="The definition: a JSON object, or its YAML as text.", examples=[_DEFINITION]),
]

Version = Annotated[int, Field(ge=1, le=2_147_483_647)] | Literal["latest", "draft"]
"""A published version, the draft as it stands, or `latest`: the newest version, of one without any the draft."""

Seconds = Annotated[float, Field(ge=0, le=300, description="Wait so long for the end of the run.", examples=[30])]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WorkflowCreate(_Request):
    """A new workflow; what is left out is proposed."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Greeting", "tags": ["demo"], "definition": _DEFINITION}}
    )

    name: Name = ""
    description: str | None = Field(None, max_length=10_000)
    tags: list[Tag] | None = Field(None, max_length=50)
    definition: Definition | None = None


class WorkflowUpdate(_Request):
    """Changes; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"tags": ["demo", "english"]}})

    name: Annotated[Name, StringConstraints(min_length=1)] | None = None
    description: str | None = Field(None, max_length=10_000)
    tags: list[Tag] | None = Field(None, max_length=50)
    definition: Definition | None = None


class ValidateRequest(_Request):
    model_config = ConfigDict(json_schema_extra={"example": {"definition": _DEFINITION}})

    definition: Definition


class StatusRequest(_Request):
    model_config = ConfigDict(json_schema_extra={"example": {"status": "paused"}})

    status: WorkflowStatus


class PublishRequest(_Request):
    model_config = ConfigDict(json_schema_extra={"example": {"note": "Greets in English"}})

    note: str = Field("", max_length=2_000)


class ExecuteRequest(StartOptions):
    """Inputs of a run. `parameters` is another word for `inputs`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"inputs": {"name": "Ana"}, "wait": 30}})

    inputs: dict[str, Any] = Field(
        {}, description="Documents by id or handle; undeclared inputs are kept, with a warning."
    )
    parameters: dict[str, Any] = Field({})
    version: Version = Field(
        "latest", description="A published version, `draft`, or `latest`: the newest one, or else the draft."
    )
    dry_run: bool = Field(
        default=False, description="Effects off: deliveries and requests are previewed or left out, nobody is asked."
    )
    wait: Seconds | None = None

    @field_validator("version", mode="before")
    @classmethod
    def _any(cls, value: Any) -> Any:
        """Clients that always send the field mean the same with null as without it."""
        return "latest" if value is None else value

    @property
    def given(self) -> dict[str, Any]:
        return {**self.parameters, **self.inputs}


class NamedExecuteRequest(ExecuteRequest):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"workflow_id": 1, "parameters": {"name": "Ana"}}}
    )

    workflow_id: str | int = Field(description="Id, handle or number of the workflow.")


@dataclass(frozen=True, slots=True)
class WorkflowFilter:
    text: str | None = None
    statuses: Sequence[str] = ()
    tags: Sequence[str] = ()
    owner: str | None = None
    deleted: bool = False


class WorkflowQuery(_Request):
    """How a list of workflows is asked for."""

    q: str | None = Field(None, description="Words in name, title or description.", examples=["invoice"])
    status: list[WorkflowStatus] = Field([], description="One or more; repeat the parameter.")
    tag: list[str] = Field([], description="All of these tags; repeat the parameter.")
    owner: str | None = Field(None, description="Who created it.")
    deleted: bool = Field(default=False, description="Deleted workflows instead; they can be restored.")
    sort: Literal["created_at", "-created_at", "updated_at", "-updated_at", "name", "-name"] = "-created_at"
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = None
    total: bool = Field(default=False, description="Count all that match, too.")

    def filter(self) -> WorkflowFilter:
        return WorkflowFilter(self.q, self.status, self.tag, self.owner, self.deleted)

    def page(self) -> PageRequest:
        return PageRequest(self.limit, self.cursor, self.total)


class VersionQuery(_Request):
    """How a list of versions is asked for."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = None
    total: bool = Field(default=False, description="Count them all, too.")

    def page(self) -> PageRequest:
        return PageRequest(self.limit, self.cursor, self.total)


class ValidationFault(Model):
    path: str = Field(examples=["steps[0].use"])
    code: str = Field(examples=["unknown_kind"])
    message: str


class WorkflowSummary(Model):
    """A workflow as lists show it."""

    id: UUID
    handle: str
    name: str
    title: str
    description: str
    tags: list[str]
    proposed: list[str] = Field(description="Which of name, description and tags were proposed, not given.")
    status: WorkflowStatus
    published_version: int | None
    unpublished_changes: bool = Field(description="The draft differs from the published version.")
    revision: int = Field(description="Counts changes; its ETag.")
    created_at: datetime
    created_by: str
    updated_at: datetime
    deleted_at: datetime | None


class Workflow(WorkflowSummary):
    """A workflow with the draft of its definition."""

    model_config = ConfigDict(json_schema_extra={"example": _WORKFLOW})

    definition: dict[str, Any]
    warnings: list[ValidationFault] = Field(
        [], description="After a change: what the draft names that is not there yet; it must be to publish."
    )


class WorkflowVersion(Model):
    """A published version: it never changes."""

    workflow: str
    number: int
    digest: str
    note: str
    published_at: datetime
    published_by: str
    definition: dict[str, Any]


class Validation(Model):
    """What is wrong with a definition, all of it at once."""

    valid: bool
    errors: list[ValidationFault]
    warnings: list[ValidationFault] = Field([], description="What it names that is not there yet.")


class StepKindInfo(Model):
    """A step kind of the catalogue."""

    name: str = Field(examples=["text.template"])
    version: int
    title: str
    description: str
    effect: Literal["pure", "idempotent", "external"]
    in_doubt: Literal["resend", "lookup", "park"] | None = Field(
        description="What becomes of an external effect whose outcome is unknown."
    )
    parameters: dict[str, Any] = Field(description="JSON Schema of `with`.")
    result: dict[str, Any] = Field(description="JSON Schema of the step's output.")
