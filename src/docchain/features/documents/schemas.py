"""What clients and steps see of documents; a reference is the JSON that flows through runs."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from docchain.engine.definition.inputs import is_reference
from docchain.engine.moments import Instant
from docchain.features.documents.examples import DOCUMENT, FIELD_LINEAGE, LINEAGE, VERSION
from docchain.platform.model import Model
from docchain.platform.pagination import PageQuery

Origin = Literal["upload", "step", "restore", "split", "merge", "pages"]
"""`pages`: pages of the version before it were turned, moved or left out."""
DocumentStatus = Literal["inbox", "in_review", "done", "archived"]
Tag = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=50),
    Field(json_schema_extra={"pattern": r"\S"}),
]
_Named = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class DocumentRef(Model):
    """A reference to one immutable version of a document."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document_id: UUID
    version_id: UUID
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(examples=["c0ffee00" * 8])
    media_type: str = Field(max_length=200)
    name: str = Field(max_length=255)
    size: int = Field(ge=0)


class MadeBy(Model):
    """The step that made a version."""

    run_id: UUID
    step: str
    attempt: int
    step_kind: str
    step_kind_version: int


class DocumentVersion(Model):
    """One immutable version."""

    model_config = ConfigDict(json_schema_extra={"example": VERSION})

    id: UUID
    document_id: UUID
    number: int = Field(description="1 is the first version of the document.")
    name: str
    media_type: str
    size: int
    sha256: str
    origin: Origin
    created_at: datetime
    created_by: str
    parent_version_id: UUID | None = Field(None, description="The version that this one replaced.")
    made_by: MadeBy | None = Field(None, description="The step that made it, if a step did.")

    def reference(self) -> DocumentRef:
        return DocumentRef(
            document_id=self.document_id,
            version_id=self.id,
            sha256=self.sha256,
            media_type=self.media_type,
            name=self.name,
            size=self.size,
        )


class FiledUnder(Model):
    """A type, a correspondent or a collection, by name."""

    id: UUID
    name: str


class Hold(Model):
    """Why nothing of a document may go."""

    reason: str
    held_by: str
    held_at: datetime


class Document(Model):
    """A document with its current version, and what it is filed under."""

    model_config = ConfigDict(json_schema_extra={"example": DOCUMENT})

    id: UUID
    handle: str = Field(examples=["document_7"])
    name: str
    media_type: str
    origin: Origin
    created_at: datetime
    created_by: str
    duplicate_of: UUID | None = Field(None, description="The first document that has exactly the same bytes.")
    revision: int = Field(1, description="Counts every change; it is the ETag.")
    status: DocumentStatus | None = None
    type: FiledUnder | None = None
    correspondent: FiledUnder | None = None
    tags: list[str] = Field([])
    collections: list[FiledUnder] = Field([])
    fields: dict[str, Any] = Field({}, description="The custom fields of its type.")
    hold: Hold | None = None
    keep_until: datetime | None = Field(
        None, description="Before then nobody may delete it: its type says so, or one that it was filed under."
    )
    deleted_at: datetime | None = Field(None, description="Since when it is in the trash.")
    current: DocumentVersion


class DocumentFilter(BaseModel):
    """What a list of documents is narrowed to; all of it must be so."""

    model_config = ConfigDict(extra="forbid")

    type: _Named | None = Field(None, description="Name or id of a type.")
    correspondent: _Named | None = Field(None, description="Name or id of a correspondent.")
    collection: _Named | None = Field(None, description="Name or id; documents of those within it, too.")
    status: DocumentStatus | None = None
    tag: list[Tag] = Field([], max_length=10)
    field: list[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}=.{1,200}$")]] = Field(
        [], max_length=10, description="Custom fields as `name=value`, such as `total=1210.00 EUR`."
    )
    created_after: Instant | None = Field(None, description="From then on; without a zone it is UTC.")
    created_before: Instant | None = Field(None, description="Before then.")

    name: str | None = Field(None, max_length=200, description="Part of the name, in any case.")
    media_type: str | None = Field(None, max_length=200, description="A media type, or a family such as `image/*`.")
    origin: Origin | None = Field(None, description="Uploaded, made by a step, or what came of a split or a merge.")
    sha256: str | None = Field(None, max_length=64, description="Documents with exactly this content.")
    held: bool | None = Field(None, description="Only those under legal hold.")
    deleted: bool = Field(default=False, description="Those in the trash instead.")

    def narrows(self) -> bool:
        """Whether it leaves out anything but what is in the trash."""
        return any(value for name, value in self if name != "deleted")


class DocumentQuery(PageQuery, DocumentFilter):
    """How a list of documents is asked for."""

    sort: Literal["created_at", "-created_at"] = "-created_at"


class VersionQuery(PageQuery):
    """How a list of versions is asked for."""


class LineageVersion(DocumentVersion):
    """A version within a lineage."""

    inputs: list[UUID] = Field(description="Ids of the versions that it was made from.")
    deleted: bool = Field(description="Whether its document was deleted since.")


class Lineage(Model):
    """A version and everything it was made from, nearest first, back to the uploads."""

    model_config = ConfigDict(json_schema_extra={"example": LINEAGE})

    version_id: UUID
    versions: list[LineageVersion]
    complete: bool = Field(description="False when the graph is too large and was cut.")


class FieldLineage(Model):
    """Where an extracted value comes from: the step, the place on the page, and the documents behind it."""

    model_config = ConfigDict(json_schema_extra={"example": FIELD_LINEAGE})

    run_id: UUID
    step: str
    attempt: int
    step_kind: str
    step_kind_version: int
    field: str
    value: Any
    confidence: float | None = None
    page: int | None = None
    box: tuple[float, float, float, float] | None = Field(
        None, description="`[x0, y0, x1, y1]` in points (1/72 inch) from the top-left corner of the page."
    )
    path: str | None = Field(None, description="Where it stands in the XML of an e-invoice, instead of a page.")
    text: str | None = Field(None, description="What the document says at this place.")
    parsed: DocumentRef | None = Field(None, description="The parsed version that the value was read from.")
    sources: list[DocumentRef] = Field(description="The document versions that it goes back to.")


def references_in(value: Any) -> Iterator[DocumentRef]:
    """Every document reference within a JSON value or model, in order, each version once."""
    seen: set[UUID] = set()
    for reference in _walk(value.model_dump(mode="json") if isinstance(value, BaseModel) else value):
        if reference.version_id not in seen:
            seen.add(reference.version_id)
            yield reference


def _walk(value: Any) -> Iterator[DocumentRef]:
    if isinstance(value, DocumentRef):
        yield value
    elif is_reference(value):
        try:
            yield DocumentRef.model_validate(value)
        except ValidationError:
            return
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _walk(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _walk(item)
