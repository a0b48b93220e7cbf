"""What documents can be filed under: types, correspondents and collections, each known by its name in any case."""

import unicodedata
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from docchain.features.documents.filing.errors import FilingChanged, FilingInUse, FilingNotFound, NameTaken, TooDeep
from docchain.features.documents.filing.repository import FilingRepository
from docchain.features.documents.filing.schemas import (
    CollectionRequest,
    Correspondent,
    CorrespondentRequest,
    DocumentCollection,
    DocumentType,
    FilingKind,
    TypeRequest,
    TypeRetention,
)
from docchain.features.documents.schemas import FiledUnder
from docchain.features.documents.tables import FilingRow
from docchain.platform.errors import Denied
from docchain.platform.ids import new_id
from docchain.platform.pagination import PageRequest
from docchain.platform.preconditions import ANY, Expected
from docchain.platform.work import Work

FilingRequest = TypeRequest | CorrespondentRequest | CollectionRequest
_PLURALS = {"type": "types", "correspondent": "correspondents", "collection": "collections"}


def key_of(name: str) -> str:
    """The form in which two spellings of one name are equal."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def collection_ids(work: Work, references: Sequence[str]) -> list[UUID]:
    """The ids of collections that ids or names name."""
    return [Catalogue(work, "collection").find(reference).id for reference in references]


def type_ids(work: Work, references: Sequence[str]) -> list[UUID]:
    """The ids of types that ids or names name."""
    return [Catalogue(work, "type").find(reference).id for reference in references]


class Catalogue:
    """What there is of one kind."""

    def __init__(self, work: Work, kind: FilingKind) -> None:
        self._work = work
        self._kind = kind
        self._filing = FilingRepository(work)

    def create(self, wanted: FilingRequest) -> FilingRow:
        self._check_free(wanted.name)
        self._check_retention(wanted, {})
        row = FilingRow(
            id=new_id(),
            kind=self._kind,
            name=wanted.name,
            key=key_of(wanted.name),
            parent_id=self._parent(wanted),
            data=_data(wanted),
            revision=1,
            created_at=self._work.now,
            created_by=self._work.actor.name,
        )
        self._filing.add(row)
        self._emit("created", row)
        return row

    def page(self, request: PageRequest) -> tuple[list[FilingRow], str | None, int | None]:
        return self._filing.page(self._kind, request)

    def find(self, reference: str, *, to_change: bool = False) -> FilingRow:
        """By id, or by name.

        Raises:
            FilingNotFound: there is none.
        """
        row = self._filing.find(self._kind, _read(reference), to_change=to_change)
        if row is None:
            hint = f"List them: GET /documents/{_PLURALS[self._kind]}."
            raise FilingNotFound(f"There is no {self._kind} {reference[:100]!r}.", hint=hint)
        return row

    def replace(self, reference: str, wanted: FilingRequest, expected: Expected = ANY) -> FilingRow:
        """Keep it as it is said now; documents that are filed under it stay so, and keep the values they have."""
        row = self._to_change(reference, expected)
        if key_of(wanted.name) != row.key:
            self._check_free(wanted.name)
        if isinstance(wanted, CollectionRequest) and self._parent(wanted) != row.parent_id:
            raise TooDeep("A collection stays where it was made.", hint="Make another one there.")
        told = self._check_retention(wanted, row.data)
        row.name, row.key, row.data = wanted.name, key_of(wanted.name), _data(wanted)
        row.revision += 1
        self._emit("updated", row, told)
        return row

    def delete(self, reference: str, expected: Expected = ANY) -> None:
        row = self._to_change(reference, expected)
        if self._filing.is_used((self._kind, str(row.id))) or self._filing.has_children(row.id):
            hint = f"Take it away from them first: POST /documents/bulk with the filter {self._kind}={row.name!r}."
            raise FilingInUse(f"Documents (or collections) are in {self._kind} {row.name!r}.", hint=hint)
        self._filing.drop([row])
        self._emit("deleted", row)

    def collections(self, rows: list[FilingRow]) -> list[DocumentCollection]:
        parents = self._filing.filings({row.parent_id for row in rows if row.parent_id})
        return [
            DocumentCollection.model_validate({**_kept(row), "parent": _named(parents.get(row.parent_id or row.id))})
            for row in rows
        ]

    def _to_change(self, reference: str, expected: Expected) -> FilingRow:
        row = self.find(reference, to_change=True)
        expected.check(row.revision, FilingChanged(f"{row.name!r} was changed.", hint="Read it again."))
        return row

    def _parent(self, wanted: FilingRequest) -> UUID | None:
        if not isinstance(wanted, CollectionRequest) or wanted.parent is None:
            return None
        parent = self.find(wanted.parent)
        if parent.parent_id is not None:
            raise TooDeep(f"{parent.name!r} is in another collection already.", hint="Choose one that is in none.")
        return parent.id

    def _check_free(self, name: str) -> None:
        if self._filing.find(self._kind, key_of(name)) is not None:
            raise NameTaken(f"There is a {self._kind} {name!r} already.", hint="Use it, or choose another name.")

    def _check_retention(self, wanted: FilingRequest, data: dict[str, Any]) -> dict[str, Any]:
        """Only administrators say how long documents are kept; tell the change, if it is one."""
        if not isinstance(wanted, TypeRequest):
            return {}
        before = TypeRetention.model_validate(data.get("retention", {}))
        if wanted.retention == before:
            return {}
        if not self._work.actor.may("admin"):
            hint = "Ask one, or leave `retention` as it is."
            raise Denied("Only an administrator may say how long documents of a type are kept.", hint=hint)
        return {"retention": {"from": before.model_dump(), "to": wanted.retention.model_dump()}}

    def _emit(self, what: str, row: FilingRow, more: dict[str, Any] | None = None) -> None:
        kind = f"document_{self._kind}"
        self._work.emit(f"{kind}.{what}", kind, row.id, {"name": row.name, "revision": row.revision, **(more or {})})


def type_of(row: FilingRow) -> DocumentType:
    return DocumentType.model_validate(_kept(row))


def correspondent_of(row: FilingRow) -> Correspondent:
    return Correspondent.model_validate(_kept(row))


def _kept(row: FilingRow) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in ("id", "name", "revision", "created_at", "created_by")}
    return {**row.data, **own}


def _named(row: FilingRow | None) -> FiledUnder | None:
    return None if row is None else FiledUnder(id=row.id, name=row.name)


def _data(wanted: FilingRequest) -> dict[str, Any]:
    return wanted.model_dump(mode="json", exclude={"name", "parent"})


def _read(reference: str) -> UUID | str:
    try:
        return UUID(reference)
    except ValueError:
        return key_of(reference)
