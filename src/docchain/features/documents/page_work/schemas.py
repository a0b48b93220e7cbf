"""What page work is asked for, and what it makes."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docchain.features.documents.schemas import Document, DocumentRef
from docchain.platform.model import Model

Pages = Annotated[str, StringConstraints(min_length=1, max_length=2_000), Field(examples=["1-3,5"])]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_DOCUMENT = "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10"
_PART: Any = {"first": 1, "last": 2, "pages": 2, "confidence": 0.9, "reasons": ["page 1 of its own count"]}


class Rotate(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    op: Literal["rotate"]
    pages: Pages
    degrees: Literal[90, 180, 270] = Field(description="With the clock, beside how the page is turned already.")


class Delete(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    op: Literal["delete"]
    pages: Pages


class Reorder(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    op: Literal["reorder"]
    pages: Pages = Field(description="All pages in their new order.")


Operation = Annotated[Rotate | Delete | Reorder, Field(discriminator="op")]


class EditPages(BaseModel):
    """Operations one after the other; each counts the pages that the one before left."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"operations": [{"op": "delete", "pages": "3"}, {"op": "rotate", "pages": "1", "degrees": 90}]}
        },
    )

    operations: list[Operation] = Field(min_length=1, max_length=100)


class HowToSplit(BaseModel):
    """Where documents begin."""

    model_config = ConfigDict(extra="forbid")

    by: Literal["ranges", "every", "blank", "barcode", "layout"] = Field(
        "ranges",
        description="`layout` looks at page counts, numbers, letterheads and sizes: look at its proposal first.",
    )
    ranges: list[Pages] = Field(
        [], max_length=10_000, description="The pages of each part, such as a confirmed proposal."
    )
    every: int | None = Field(None, ge=1, le=10_000, description="Pages of each part; the last may have fewer.")
    separator: str | None = Field(None, max_length=200, description="What a separator's code says; `*` for anything.")
    keep_separator: bool = Field(default=False, strict=True, description="A page with a code is the first of its part.")


class SplitPages(HowToSplit):
    """How a document is split."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"by": "ranges", "ranges": ["1-2", "3"]}})


class MergeDocuments(BaseModel):
    """Which documents become one, in this order."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"documents": ["document_3", "document_4"], "name": "expediente"}}
    )

    documents: list[Reference] = Field(min_length=2, max_length=1_000)
    name: str = Field("merged", min_length=1, max_length=200)


class ProposedPart(Model):
    """Pages that seem to be one document."""

    first: int
    last: int
    pages: int
    confidence: float
    reasons: list[str] = Field(description="Why it begins there.")


class PagesProposal(Model):
    """Where a document could be split; send `ranges` to split it so."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"version_id": _DOCUMENT, "pages": 2, "parts": [_PART], "ranges": ["1-2"], "blank": []}
        }
    )

    version_id: UUID
    pages: int
    parts: list[ProposedPart]
    ranges: list[str]
    blank: list[int] = Field(description="Blank pages.")


class MadePart(Model):
    """A document that came of a split, and the pages it has."""

    document: Document
    pages: str


class SplitDocuments(Model):
    """What came of a split, in order."""

    model_config = ConfigDict(json_schema_extra={"example": {"parts": []}})

    parts: list[MadePart]


class PartRef(Model):
    """A part as a run knows it."""

    document: DocumentRef
    pages: str
