"""What the doors say and hear about workflows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docchain.engine.moments import Moment
from docchain.features.workflows.definition_schemas import DEFINITION, Definition, ValidationFault
from docchain.platform.model import Model
from docchain.platform.pagination import PageQuery

MOST_TAGS: Final = 50
WorkflowStatus = Literal["draft", "active", "paused", "archived"]
WorkflowType = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$"),
    Field(description="What sort of workflow it is; `workflow` unless said.", examples=["workflow"]),
]
Tag = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=50),
    Field(json_schema_extra={"pattern": r"\S"}),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
KeepFaults = Annotated[
    bool,
    Field(
        strict=True,
        description="Keep a definition that has faults; it is neither published nor executed before they are mended.",
    ),
]

_WORKFLOW: Final[dict[str, Any]] = {
    "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
    "handle": "workflow_1",
    "name": "greeting",
    "title": "Greeting",
    "description": "1 step: text.template.",
    "tags": ["text"],
    "proposed": ["description", "tags"],
    "workflow_type": "workflow",
    "status": "active",
    "published_version": 1,
    "unpublished_changes": False,
    "valid": True,
    "revision": 2,
    "definition": DEFINITION,
    "faults": [],
    "warnings": [],
    "created_at": "2026-11-22T09:30:00Z",
    "created_by": "admin",
    "updated_at": "2026-11-22T09:31:00Z",
    "deleted_at": None,
}


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WorkflowCreate(_Request):
    """A new workflow; what is left out is proposed."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Greeting", "tags": ["demo"], "definition": DEFINITION}}
    )

    name: Name = ""
    description: str | None = Field(None, max_length=10_000)
    tags: list[Tag] | None = Field(None, max_length=MOST_TAGS)
    workflow_type: WorkflowType = "workflow"
    definition: Definition | None = None
    keep_faults: KeepFaults = False


class WorkflowUpdate(_Request):
    """Changes; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"tags": ["demo", "english"]}})

    name: Annotated[Name, StringConstraints(min_length=1)] | None = None
    description: str | None = Field(None, max_length=10_000)
    tags: list[Tag] | None = Field(None, max_length=MOST_TAGS)
    definition: Definition | None = None
    keep_faults: KeepFaults = False


class StatusRequest(_Request):
    model_config = ConfigDict(json_schema_extra={"example": {"status": "paused"}})

    status: WorkflowStatus


@dataclass(frozen=True, slots=True)
class WorkflowFilter:
    text: str | None = None
    statuses: Sequence[str] = ()
    tags: Sequence[str] = ()
    owner: str | None = None
    deleted: bool = False
    types: Sequence[str] = ()
    created: tuple[datetime | None, datetime | None] = (None, None)
    updated: tuple[datetime | None, datetime | None] = (None, None)
    ai: bool = False


class WorkflowSelection(_Request):
    """Which workflows."""

    q: str | None = Field(
        None, max_length=200, description="Words in name, title or description.", examples=["invoice"]
    )
    status: list[WorkflowStatus] = Field([], max_length=4, description="One or more; in a query, repeat the parameter.")
    tag: list[Tag] = Field([], max_length=20, description="All of these tags.")
    type: list[WorkflowType] = Field([], max_length=20, description="One of these types.")
    owner: str | None = Field(None, max_length=200, description="Who created it.")
    created_after: Moment | None = Field(None, description="At this moment or later.")
    created_before: Moment | None = Field(None, description="Before this moment.")
    updated_after: Moment | None = Field(None, description="At this moment or later.")
    updated_before: Moment | None = Field(None, description="Before this moment.")
    deleted: bool = Field(default=False, description="Deleted workflows instead; they can be restored.")

    def narrows(self) -> bool:
        """Whether it leaves any workflow out."""
        return bool((self.q or "").strip()) or any(self.model_dump(exclude={"q", "deleted"}).values())

    def filter(self) -> WorkflowFilter:
        created, updated = (self.created_after, self.created_before), (self.updated_after, self.updated_before)
        return WorkflowFilter(self.q, self.status, self.tag, self.owner, self.deleted, self.type, created, updated)


class WorkflowQuery(PageQuery, WorkflowSelection):
    """How a list of workflows is asked for."""

    sort: Literal["created_at", "-created_at", "updated_at", "-updated_at", "name", "-name"] = "-created_at"


class WorkflowSummary(Model):
    """A workflow as lists show it."""

    id: UUID
    handle: str
    name: str
    title: str
    description: str
    tags: list[str]
    proposed: list[str] = Field(description="Which of name, description and tags were proposed, not given.")
    workflow_type: str
    status: WorkflowStatus
    published_version: int | None
    unpublished_changes: bool = Field(description="The draft differs from the published version.")
    valid: bool = Field(description="The draft has no faults: it can be published and executed.")
    revision: int = Field(description="Counts changes; its ETag.")
    created_at: datetime
    created_by: str
    updated_at: datetime
    deleted_at: datetime | None


class Workflow(WorkflowSummary):
    """A workflow with the draft of its definition."""

    model_config = ConfigDict(json_schema_extra={"example": _WORKFLOW})

    definition: dict[str, Any]
    faults: list[ValidationFault] = Field([], description="What is wrong with the draft, all of it.")
    warnings: list[ValidationFault] = Field(
        [], description="After a change: what the draft names that is not there yet; it must be to publish."
    )
