"""What retention asks and removes: documents whose time has come, and runs that name what is held."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from docchain.features.documents.parsing.model import MEDIA_TYPE
from docchain.features.documents.schemas import references_in
from docchain.features.documents.tables import (
    BandRow,
    DocumentRow,
    DocumentVersionRow,
    FacetRow,
    FilingRow,
    FingerprintRow,
    VersionFieldsRow,
    VersionInputRow,
)
from docchain.features.runs import inputs_of_runs
from docchain.platform.work import Work


class RetentionRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def workspaces(self) -> list[UUID]:
        """Those that have something in the trash, or types that say how long documents stay."""
        trash = select(DocumentRow.workspace_id).where(DocumentRow.deleted_at.is_not(None)).distinct()
        types = select(FilingRow.workspace_id).where(FilingRow.kind == "type").distinct()
        return sorted({*self._session.scalars(trash), *self._session.scalars(types)})

    def expired(self, type_id: UUID, before: datetime, after: UUID, limit: int) -> Sequence[DocumentRow]:
        """Documents of a type that were made before then and are not in the trash, by id."""
        return self._session.scalars(
            select(DocumentRow)
            .join(FacetRow, FacetRow.document_id == DocumentRow.id)
            .where(FacetRow.facet == "type", FacetRow.value == str(type_id), FacetRow.created_at <= before)
            .where(DocumentRow.deleted_at.is_(None), DocumentRow.id > after)
            .order_by(DocumentRow.id)
            .limit(limit)
        ).all()

    def trash(self, before: datetime, after: UUID, limit: int) -> Sequence[DocumentRow]:
        """Documents that went to the trash before then, by id."""
        return self._session.scalars(
            select(DocumentRow)
            .where(DocumentRow.deleted_at <= before, DocumentRow.id > after)
            .order_by(DocumentRow.id)
            .limit(limit)
        ).all()

    def texts_of(self, ids: Collection[UUID]) -> Sequence[DocumentRow]:
        """The documents that are nothing but the text of these, as it was read."""
        versions = select(DocumentVersionRow.id).where(DocumentVersionRow.document_id.in_(ids))
        made = select(VersionInputRow.version_id).where(VersionInputRow.input_version_id.in_(versions))
        theirs = select(DocumentVersionRow.document_id).where(
            DocumentVersionRow.id.in_(made), DocumentVersionRow.media_type == MEDIA_TYPE
        )
        return self._session.scalars(
            select(DocumentRow).where(
                DocumentRow.id.in_(theirs),
                DocumentRow.id.not_in(ids),
                DocumentRow.media_type == MEDIA_TYPE,
                DocumentRow.held_at.is_(None),
            )
        ).all()

    def contents(self, ids: Collection[UUID]) -> Mapping[UUID, list[DocumentVersionRow]]:
        """Every version of these documents."""
        found: dict[UUID, list[DocumentVersionRow]] = defaultdict(list)
        of_these = select(DocumentVersionRow).where(DocumentVersionRow.document_id.in_(ids))
        for row in self._session.scalars(of_these.order_by(DocumentVersionRow.number)):
            found[row.document_id].append(row)
        return found

    def handled_by(self, version_ids: Collection[UUID]) -> set[UUID]:
        """The runs that made these versions, made something of them, or read values out of them."""
        made = select(DocumentVersionRow.run_id)
        of = select(VersionInputRow.version_id).where(VersionInputRow.input_version_id.in_(version_ids))
        asked = (
            made.where(DocumentVersionRow.id.in_(version_ids)),
            made.where(DocumentVersionRow.id.in_(of)),
            select(VersionFieldsRow.run_id).where(VersionFieldsRow.version_id.in_(version_ids)),
        )
        return {run_id for ask in asked for run_id in self._session.scalars(ask) if run_id is not None}

    def purge(self, ids: Collection[UUID]) -> None:
        """Remove all there is of these documents; their content is garbage then, if nothing else names it."""
        versions = select(DocumentVersionRow.id).where(DocumentVersionRow.document_id.in_(ids))
        known = list(self._session.scalars(versions))
        for table, column in (
            (VersionInputRow, VersionInputRow.version_id),
            (VersionFieldsRow, VersionFieldsRow.version_id),
        ):
            self._session.execute(delete(table).where(column.in_(known)))
        for of_document in (FacetRow, FingerprintRow, BandRow, DocumentVersionRow):
            self._session.execute(delete(of_document).where(of_document.document_id.in_(ids)))
        self._session.execute(delete(DocumentRow).where(DocumentRow.id.in_(ids)))


def held_runs(work: Work, run_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these runs that name a document under legal hold: given to them, read or made by them."""
    held = DocumentRow.held_at.is_not(None)
    if not run_ids or work.session.scalar(select(DocumentRow.id).where(held).limit(1)) is None:
        return set()
    named = _named_by_runs(work, run_ids)
    ids = {document_id for theirs in named.values() for document_id in theirs}
    found = set(work.session.scalars(select(DocumentRow.id).where(DocumentRow.id.in_(ids), held)))
    return {run_id for run_id, theirs in named.items() if theirs & found}


def _named_by_runs(work: Work, run_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    named: dict[UUID, set[UUID]] = defaultdict(set)
    made = select(DocumentVersionRow.run_id, DocumentVersionRow.document_id, DocumentVersionRow.id)
    versions: dict[UUID, Any] = {}
    rows = work.session.execute(made.where(DocumentVersionRow.run_id.in_(run_ids)))
    for run_id, document_id, version_id in rows:
        assert run_id is not None  # noqa: S101 - it is one of those
        named[run_id].add(document_id)
        versions[version_id] = run_id
    read = select(VersionInputRow.version_id, DocumentVersionRow.document_id).join(
        DocumentVersionRow, DocumentVersionRow.id == VersionInputRow.input_version_id
    )
    for version_id, document_id in work.session.execute(read.where(VersionInputRow.version_id.in_(versions))):
        named[versions[version_id]].add(document_id)
    for run_id, inputs in inputs_of_runs(work, run_ids).items():
        named[run_id] |= {reference.document_id for reference in references_in(inputs)}
    return named
