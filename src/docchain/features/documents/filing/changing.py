"""Changes of what documents are filed under, one or many: everything is read at the start and written at the end."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from docchain.features.documents.descent import pass_on
from docchain.features.documents.domain import KIND, clean_name, handle_of
from docchain.features.documents.filing.catalogue import Catalogue
from docchain.features.documents.filing.errors import FieldsInvalid
from docchain.features.documents.filing.field_values import FieldDefinition, checked, facets_of
from docchain.features.documents.filing.repository import Facet, FilingRepository
from docchain.features.documents.filing.schemas import DocumentUpdate, FilingKind
from docchain.features.documents.filing.trash import kept_until
from docchain.features.documents.tables import FROM, HOLDING, DocumentRow, FacetRow, FilingRow
from docchain.platform.work import Work

_LONGEST_TOLD: Final = 500
WITHIN: Final = "within"
"""The collections that a document is in, and those that these are in."""


class Filer:
    """Files documents that were read already.

    Args:
        work: the transaction.
        rows: the documents that may be changed, locked.
    """

    def __init__(self, work: Work, rows: Sequence[DocumentRow]) -> None:
        self._work = work
        self._filing = FilingRepository(work)
        self._facets = self._filing.facets([row.id for row in rows])
        self._named: dict[tuple[str, str], FilingRow] = {}
        self._definitions: dict[UUID, list[FieldDefinition]] = {}
        self._added: list[FacetRow] = []
        self._dropped: list[FacetRow] = []

    def change(self, row: DocumentRow, wanted: DocumentUpdate) -> bool:
        """Change one; tell whether anything is different now. Nothing of it is changed if it is refused.

        Raises:
            FilingNotFound: there is no such type, correspondent or collection.
            FieldsInvalid: the fields do not fit.
        """
        old = {(facet.facet, facet.value) for facet in self._facets.get(row.id, [])}
        new = set(self._refiled(old, wanted))
        fields = self._fields(row, new, wanted)
        new |= set(facets_of(fields))
        name = clean_name(wanted.name, row.name) if wanted.name else row.name
        told = [*self._told(row, name, fields), *self._moved(old, new)]
        if not told:
            return False
        row.keep_until = self._kept(row, old | new)
        self._replace(row, old, new)
        row.name, row.fields = name, fields or None
        row.revision += 1
        data = {"handle": handle_of(row.number), "revision": row.revision, "changes": told}
        self._work.emit("document.updated", KIND, row.id, data)
        return True

    def finish(self) -> None:
        self._filing.drop(self._dropped)
        self._filing.add(*self._added)
        pass_on(self._work, {facet.document_id for facet in self._added if facet.facet in HOLDING})

    def _refiled(self, old: set[Facet], wanted: DocumentUpdate) -> Iterator[Facet]:
        """All facets but those of custom fields."""
        said = wanted.model_fields_set
        for kind in ("type", "correspondent"):
            reference = getattr(wanted, kind)
            if kind not in said:
                yield from _of(old, kind)
            elif reference is not None:
                yield kind, str(self._find(kind, reference).id)
        if "status" not in said:
            yield from _of(old, "status")
        elif wanted.status is not None:
            yield "status", wanted.status
        yield from _of(old, FROM)
        yield from (("tag", tag) for tag in self._tags(old, wanted))
        yield from self._collections(old, wanted)

    def _tags(self, old: set[Facet], wanted: DocumentUpdate) -> set[str]:
        kept = {tag for _, tag in _of(old, "tag")} if "tags" not in wanted.model_fields_set else set(wanted.tags or [])
        return (kept | set(wanted.add_tags)) - set(wanted.remove_tags)

    def _collections(self, old: set[Facet], wanted: DocumentUpdate) -> Iterator[Facet]:
        if wanted.model_fields_set.isdisjoint({"collections", "add_collections", "remove_collections"}):
            yield from (*_of(old, "collection"), *_of(old, WITHIN))
            return
        named = {str(row.id) for row in self._found("collection", wanted.collections or [])}
        kept = named if "collections" in wanted.model_fields_set else {value for _, value in _of(old, "collection")}
        kept |= {str(row.id) for row in self._found("collection", wanted.add_collections)}
        kept -= {str(row.id) for row in self._found("collection", wanted.remove_collections)}
        for row in self._found("collection", sorted(kept)):
            yield "collection", str(row.id)
            yield WITHIN, str(row.id)
            if row.parent_id is not None:
                yield WITHIN, str(row.parent_id)

    def _fields(self, row: DocumentRow, new: set[Facet], wanted: DocumentUpdate) -> dict[str, Any]:
        """The values that the document has then; looked at as a whole when they or the type change."""
        if wanted.model_fields_set.isdisjoint({"type", "fields"}):
            return row.fields or {}
        type_id = next((value for _, value in _of(new, "type")), None)
        definitions = self._fields_of(self._find("type", type_id)) if type_id else []
        known = {definition.name for definition in definitions}
        kept = {name: value for name, value in (row.fields or {}).items() if name in known}
        values = {name: value for name, value in {**kept, **wanted.fields}.items() if value is not None}
        fields, faults = checked(definitions, values)
        if faults:
            raise FieldsInvalid(faults)
        return fields

    def _kept(self, row: DocumentRow, facets: set[Facet]) -> datetime | None:
        """What the type that it had or has promises; no change of type shortens that."""
        types = [self._find("type", type_id) for _, type_id in _of(facets, "type")]
        return max((until for until in (kept_until(row, type_) for type_ in types) if until), default=row.keep_until)

    def _fields_of(self, row: FilingRow) -> list[FieldDefinition]:
        if row.id not in self._definitions:
            self._definitions[row.id] = [FieldDefinition.model_validate(given) for given in row.data["fields"]]
        return self._definitions[row.id]

    def _find(self, kind: FilingKind, reference: str) -> FilingRow:
        if (kind, reference) not in self._named:
            self._named[kind, reference] = Catalogue(self._work, kind).find(reference)
        return self._named[kind, reference]

    def _found(self, kind: FilingKind, references: Iterable[str]) -> list[FilingRow]:
        return [self._find(kind, reference) for reference in references]

    def _told(self, row: DocumentRow, name: str, fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if name != row.name:
            yield {"name": "name", "from": row.name, "to": name}
        old = row.fields or {}
        for field in dict.fromkeys([*old, *fields]):
            if old.get(field) != fields.get(field):
                yield {"name": f"fields.{field}", "from": _short(old.get(field)), "to": _short(fields.get(field))}

    def _moved(self, old: set[Facet], new: set[Facet]) -> Iterator[dict[str, Any]]:
        for name in ("type", "correspondent", "status", "tag", "collection"):
            before, after = sorted(_of(old, name)), sorted(_of(new, name))
            if before != after:
                yield {"name": name, "from": [value for _, value in before], "to": [value for _, value in after]}

    def _replace(self, row: DocumentRow, old: set[Facet], new: set[Facet]) -> None:
        facets = {(facet.facet, facet.value): facet for facet in self._facets.get(row.id, [])}
        self._dropped += [facets.pop(gone) for gone in sorted(old - new)]
        for facet, value in sorted(new - old):
            made = FacetRow(document_id=row.id, facet=facet, value=value, created_at=row.created_at)
            facets[facet, value] = made
            self._added.append(made)
        self._facets[row.id] = list(facets.values())


def _of(facets: Iterable[Facet], name: str) -> list[Facet]:
    return [facet for facet in facets if facet[0] == name]


def _short(value: Any) -> Any:
    """Events tell what has changed, not whole texts."""
    return value[:_LONGEST_TOLD] if isinstance(value, str) else value
