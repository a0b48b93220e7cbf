"""What the doors say and hear about chains of documents."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docchain.features.ai_workflows.schemas import INPUT, Seconds
from docchain.platform.model import Model

LINK_EXAMPLE: Final[dict[str, Any]] = {
    "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e99",
    "handle": "chain_link_2",
    "parent": "chain_link_1",
    "place": "1.1",
    "title": "Palabras clave",
    "prompt": "Extrae las palabras clave",
    "run": "run_43",
    "status": "succeeded",
    "message": None,
    "document": {
        "document_id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e11",
        "version_id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e12",
        "sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
        "media_type": "text/markdown",
        "name": "palabras_clave.md",
        "size": 58,
    },
    "revision": 1,
    "created_at": "2026-11-22T09:30:00Z",
    "created_by": "admin",
}
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Prompt = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000),
    Field(description="What to do with the document before.", json_schema_extra={"pattern": r"\S"}),
]
Format = Literal["md", "html", "pdf"]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LinkRequest(_Request):
    """A next link: its prompt works on the document of the link before."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"prompt": "Extrae las palabras clave", "title": "Palabras clave", "wait": 30}}
    )

    prompt: Prompt
    title: Title = ""
    wait: Annotated[Seconds, Field(strict=True)] | None = None


class ChainRequest(LinkRequest):
    """A first link: its prompt works on a document, or on a text."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"prompt": "Resume el texto", "title": "Resumen", "text": INPUT["text"], "wait": 30}
        }
    )

    document: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="The document to begin with, by id or handle."
    )
    text: str = Field("", max_length=200_000, description="A text to begin with, instead of a document.")


class TitleRequest(_Request):
    model_config = ConfigDict(json_schema_extra={"example": {"title": "Lo esencial"}})

    title: Annotated[Title, StringConstraints(min_length=1)]


class ChainLink(Model):
    """One link: a prompt, its run, and the document that came of it."""

    model_config = ConfigDict(json_schema_extra={"example": LINK_EXAMPLE})

    id: UUID
    handle: str
    parent: str | None = Field(description="The link whose document this one works on; null for a first one.")
    place: str = Field("", description="Where it stands in the tree, such as `1.2`.")
    title: str
    prompt: str
    run: str = Field(description="Each link is a run, with its lineage.")
    status: str = Field(description="The status of the run.")
    message: str | None = Field(None, description="Why the run failed, if it did.")
    document: dict[str, Any] | None = Field(None, description="A reference to the document that came of it.")
    revision: int
    created_at: datetime
    created_by: str


class Chain(Model):
    """The links of an AI workflow that one may see: first ones, then what was made of each."""

    ai_workflow: str = Field(examples=["ai_workflow_1"])
    links: list[ChainLink]
