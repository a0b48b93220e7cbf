"""What clients send and see of filing."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from docchain.features.documents.filing.field_values import FieldDefinition
from docchain.features.documents.schemas import DocumentFilter, DocumentStatus, FiledUnder, Tag
from docchain.platform.model import Model

FilingKind = Literal["type", "correspondent", "collection"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_MOST_FIELDS: Final[Any] = 100
_MOST_TAGS: Final = 50
_MOST: Final = 10_000
_FIELDS: Final[Any] = [{"name": "total", "kind": "money", "required": True}, {"name": "due", "kind": "date"}]
_ID: Final = "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e20"
_KEPT: Final[dict[str, Any]] = {
    "id": _ID,
    "revision": 1,
    "created_at": "2026-11-22T09:30:00Z",
    "created_by": "admin",
}


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TypeRetention(_Request):
    """How long documents of a type are kept."""

    keep_days: Days | None = Field(
        None, description="Days from its creation in which nobody may delete it, whatever its type is then."
    )
    delete_after_days: Days | None = Field(None, description="Days from its creation after which it goes to the trash.")
    trash_days: Days | None = Field(None, description="Days in the trash before it is purged; else the setting's.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.delete_after_days is not None and self.delete_after_days < (self.keep_days or 0):
            raise ValueError("`delete_after_days` must not be before `keep_days` are over")
        return self


class TypeRequest(_Request):
    """A type of documents."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "invoice",
                "fields": _FIELDS,
                "retention": {"delete_after_days": 3650, "trash_days": 30},
            }
        }
    )

    name: Name
    fields: list[FieldDefinition] = Field([], max_length=_MOST_FIELDS)
    retention: TypeRetention = TypeRetention()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [field.name for field in self.fields]
        if len(set(names)) < len(names):
            raise ValueError("two fields have the same name")
        return self


class CorrespondentRequest(_Request):
    """Whom documents come from or go to."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Acme S.L.", "tax_id": "B12345674"}})

    name: Name
    email: str = Field("", max_length=200)
    tax_id: str = Field("", max_length=50)


class CollectionRequest(_Request):
    """A set of documents; a document may be in many."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Audit 2026", "description": "For the auditor"}})

    name: Name
    description: str = Field("", max_length=1_000)
    parent: Reference | None = Field(None, description="The collection that this one is in; it stays there.")


class _Kept(Model):
    id: UUID
    revision: int
    created_at: datetime
    created_by: str


class DocumentType(_Kept):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {**_KEPT, "name": "invoice", "fields": _FIELDS, "retention": {"delete_after_days": 3650}}
        }
    )

    name: str
    fields: list[FieldDefinition]
    retention: TypeRetention


class Correspondent(_Kept):
    model_config = ConfigDict(
        json_schema_extra={"example": {**_KEPT, "name": "Acme S.L.", "email": "", "tax_id": "B12345674"}}
    )

    name: str
    email: str
    tax_id: str


class DocumentCollection(_Kept):
    model_config = ConfigDict(
        json_schema_extra={"example": {**_KEPT, "name": "Audit 2026", "description": "For the auditor", "parent": None}}
    )

    name: str
    description: str
    parent: FiledUnder | None


class TagCount(Model):
    """A tag, and how many documents have it."""

    tag: str = Field(examples=["urgent"])
    documents: int = Field(examples=[12])


class TagCounts(Model):
    items: list[TagCount]


class DocumentUpdate(_Request):
    """Changes of what a document is filed under; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "invoice",
                "status": "in_review",
                "tags": ["urgent"],
                "fields": {"total": {"amount": "1210.00", "currency": "EUR"}},
            }
        }
    )

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    type: Reference | None = Field(None, description="Name or id of a type; null takes it away, with its fields.")
    correspondent: Reference | None = Field(None, description="Name or id; null takes it away.")
    status: DocumentStatus | None = Field(None, description="Null takes it away.")
    tags: list[Tag] | None = Field(None, max_length=_MOST_TAGS, description="All of them.")
    add_tags: list[Tag] = Field([], max_length=_MOST_TAGS)
    remove_tags: list[Tag] = Field([], max_length=_MOST_TAGS)
    collections: list[Reference] | None = Field(None, max_length=_MOST_TAGS, description="All of them, name or id.")
    add_collections: list[Reference] = Field([], max_length=_MOST_TAGS)
    remove_collections: list[Reference] = Field([], max_length=_MOST_TAGS)
    fields: dict[str, Any] = Field({}, max_length=_MOST_FIELDS, description="By name; null takes a value away.")


class HoldRequest(_Request):
    model_config = ConfigDict(json_schema_extra={"example": {"reason": "Case 2026/114, Acme S.L."}})

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class RetentionRelease(_Request):
    """Why a document need not be kept any longer."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "Filed under Contract by mistake"}})

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class OrderTarget(_Request):
    """One of the documents."""

    document: Reference = Field(description="Id or handle.", examples=["document_1"])
    etag: str | None = Field(None, max_length=100, description="Only if it still has this ETag.", examples=['"3"'])


class _Targeted(_Request):
    documents: list[Reference | OrderTarget] | None = Field(None, min_length=1, max_length=_MOST)
    filter: DocumentFilter | None = Field(None, description="All that match now; `{}` is refused unless `all`.")
    all: bool = False
    dry_run: bool = Field(default=False, description="Only tell what would happen.")

    @property
    def targets(self) -> list[OrderTarget]:
        named = self.documents or []
        return [item if isinstance(item, OrderTarget) else OrderTarget(document=item, etag=None) for item in named]

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.filter is None) == (self.documents is None):
            raise ValueError("give `documents` or `filter`, one of them")
        if self.filter is not None and not self.all and not self.filter.narrows():
            raise ValueError('the filter chooses all documents; narrow it, or say `"all": true`')
        return self


class UpdateOrder(_Targeted):
    action: Literal["update"]
    changes: DocumentUpdate


class RemovalOrder(_Targeted):
    """With `restore`, a filter chooses among those in the trash."""

    action: Literal["delete", "restore"]


DocumentsOrder = Annotated[UpdateOrder | RemovalOrder, Field(discriminator="action")]
