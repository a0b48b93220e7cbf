"""What the doors say and hear about published versions and their labels."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from docchain.features.workflows.definition_schemas import DEFINITION
from docchain.platform.model import Model
from docchain.platform.pagination import PageQuery

Note = Annotated[str, Field(max_length=2_000, description="For people: what is new.", examples=["Greets in English"])]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PublishRequest(_Request):
    model_config = ConfigDict(json_schema_extra={"example": {"note": "Greets in English"}})

    note: Note = ""


class NoteRequest(_Request):
    model_config = ConfigDict(json_schema_extra={"example": {"note": "Greets in English"}})

    note: Note


class VersionQuery(PageQuery):
    """How a list of versions is asked for."""


class WorkflowVersion(Model):
    """A published version: its definition never changes; its note and its labels may."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "workflow": "workflow_1",
                "number": 3,
                "digest": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
                "note": "Greets in English",
                "labels": ["production"],
                "revision": 2,
                "published_at": "2026-11-22T09:31:00Z",
                "published_by": "admin",
                "definition": DEFINITION,
            }
        }
    )

    workflow: str
    number: int
    digest: str
    note: str
    labels: list[str] = Field([], description="What it is called besides its number, such as `production`.")
    revision: int = Field(description="Counts changes of its note and labels; its ETag.")
    published_at: datetime
    published_by: str
    definition: dict[str, Any]
