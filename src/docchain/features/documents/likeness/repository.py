"""Fingerprints of documents: queued when a text is read, taken later, compared within a workspace."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from docchain.features.documents.tables import BandRow, DocumentRow, DocumentVersionRow, FingerprintRow
from docchain.platform.work import Work

_MOST_LIKE: Final = 500


class LikenessRepository:
    def __init__(self, work: Work) -> None:
        self._session = work.session

    def queue(self, document_id: UUID, version_id: UUID, parsed: str, now: datetime) -> None:
        """A newer text of the document takes the place of the one before."""
        row = FingerprintRow(
            document_id=document_id, version_id=version_id, parsed=parsed, queued_at=now, signature=None
        )
        self._session.merge(row)
        self._session.flush()

    def pending(self, limit: int) -> Sequence[FingerprintRow]:
        wanted = select(FingerprintRow).where(FingerprintRow.signature.is_(None))
        return self._session.scalars(wanted.order_by(FingerprintRow.queued_at).limit(limit)).all()

    def keep(self, document_id: UUID, parsed: str, signature: str, bands: Collection[int]) -> None:
        """Keep the signature of a text, unless a newer text came meanwhile."""
        row = self._session.get(FingerprintRow, document_id)
        if row is None or row.parsed != parsed:
            return
        row.signature = signature
        self._session.execute(delete(BandRow).where(BandRow.document_id == document_id))
        self._session.add_all([BandRow(document_id=document_id, band=band) for band in sorted(set(bands))])
        self._session.flush()

    def fingerprint(self, document_id: UUID) -> FingerprintRow | None:
        return self._session.scalar(select(FingerprintRow).where(FingerprintRow.document_id == document_id))

    def like(self, document_id: UUID) -> Sequence[FingerprintRow]:
        """Documents that share a band with this one and are not in the trash."""
        bands = select(BandRow.band).where(BandRow.document_id == document_id)
        sharing = select(BandRow.document_id).where(BandRow.band.in_(bands), BandRow.document_id != document_id)
        return self._session.scalars(
            select(FingerprintRow)
            .join(DocumentRow, DocumentRow.id == FingerprintRow.document_id)
            .where(FingerprintRow.document_id.in_(sharing), DocumentRow.deleted_at.is_(None))
            .limit(_MOST_LIKE)
        ).all()

    def same(self, document_id: UUID) -> list[UUID]:
        """Documents whose current content is exactly that of this one's."""
        own = (
            select(DocumentVersionRow.sha256)
            .join(DocumentRow, DocumentRow.current_version_id == DocumentVersionRow.id)
            .where(DocumentRow.id == document_id)
        )
        found = (
            select(DocumentRow.id)
            .join(DocumentVersionRow, DocumentVersionRow.id == DocumentRow.current_version_id)
            .where(DocumentVersionRow.sha256 == own.scalar_subquery())
            .where(DocumentRow.id != document_id, DocumentRow.deleted_at.is_(None))
        )
        return list(self._session.scalars(found.order_by(DocumentRow.id).limit(_MOST_LIKE)))
