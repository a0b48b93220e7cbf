"""The trash, legal holds and retention: nothing that is held or must be kept goes, and what goes says why."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from docchain.features.documents.domain import KIND, handle_of
from docchain.features.documents.filing.errors import DocumentHeld, DocumentKept, NotHeld, NotPromised
from docchain.features.documents.filing.repository import FilingRepository
from docchain.features.documents.filing.schemas import TypeRetention
from docchain.features.documents.storage.service import StorageService
from docchain.features.documents.tables import DocumentRow, FilingRow
from docchain.platform.work import Work


class Trash:
    """Puts documents into the trash and takes them out, one or many.

    Args:
        work: the transaction.
        rows: the documents that may be changed, locked.
    """

    def __init__(self, work: Work, rows: Sequence[DocumentRow]) -> None:
        self._work = work
        filing = FilingRepository(work)
        facets = filing.facets([row.id for row in rows])
        filed = [facet for theirs in facets.values() for facet in theirs if facet.facet == "type"]
        types = {facet.document_id: UUID(facet.value) for facet in filed}
        named = filing.filings(set(types.values()))
        self._put = self._taken = 0
        self._types = {document_id: named[type_id] for document_id, type_id in types.items()}

    def put(self, row: DocumentRow, reason: str = "") -> None:
        """Let it go, unless it is held or must be kept."""
        self.check(row)
        row.deleted_at = self._work.now
        row.revision += 1
        self._put += 1
        data = {"handle": handle_of(row.number), "name": row.name}
        self._work.emit("document.deleted", KIND, row.id, data | ({"reason": reason} if reason else {}))

    def check(self, row: DocumentRow) -> None:
        """Refuse what is held or must be kept."""
        check_free(row)
        type_ = self._types.get(row.id)
        until = kept_until(row, type_)
        if until is not None and until > self._work.now:
            raise DocumentKept(handle_of(row.number), type_.name if type_ else None, until)

    def take_out(self, row: DocumentRow) -> None:
        row.deleted_at = None
        row.revision += 1
        self._taken += 1
        self._work.emit("document.restored", KIND, row.id, {"handle": handle_of(row.number), "name": row.name})

    def finish(self) -> None:
        """Count, once for all.

        Raises:
            QuotaExceeded: when those that were taken out find no room.
        """
        if self._put:
            StorageService(self._work).count(0, documents=-self._put)
        if self._taken:
            StorageService(self._work).charge(0, documents=self._taken)


class Holds:
    """Legal holds; nothing of a held document goes, wherever it is."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def place(self, row: DocumentRow, reason: str) -> None:
        """Hold it, or give another reason for the hold."""
        if row.hold_reason == reason:
            return
        row.held_at = row.held_at or self._work.now
        row.held_by, row.hold_reason = self._work.actor.name, reason
        row.revision += 1
        self._work.emit("document.held", KIND, row.id, {"handle": handle_of(row.number), "reason": reason})

    def release(self, row: DocumentRow) -> None:
        if row.held_at is None:
            raise NotHeld(f"{handle_of(row.number)} is not held.")
        told = {"handle": handle_of(row.number), "reason": row.hold_reason, "held_at": row.held_at.isoformat()}
        row.held_at = row.held_by = row.hold_reason = None
        row.revision += 1
        self._work.emit("document.released", KIND, row.id, told)


def release_promise(work: Work, row: DocumentRow, reason: str) -> None:
    """Take back what types that the document was filed under promised; what its own type says goes on to count."""
    if row.keep_until is None or row.keep_until <= work.now:
        raise NotPromised(
            f"No earlier type keeps {handle_of(row.number)}.",
            hint="If its own type keeps it: file it under another one, or change how long the type keeps documents.",
        )
    told = {"handle": handle_of(row.number), "keep_until": row.keep_until.isoformat(), "reason": reason}
    row.keep_until = None
    row.revision += 1
    work.emit("document.retention_released", KIND, row.id, told)


def check_free(row: DocumentRow) -> None:
    if row.held_at is not None:
        raise DocumentHeld(handle_of(row.number), row.hold_reason or "")


def retention_of(type_: FilingRow | None) -> TypeRetention:
    return TypeRetention.model_validate(type_.data["retention"] if type_ else {})


def kept_until(row: DocumentRow, type_: FilingRow | None) -> datetime | None:
    """The later of what its type says now and of what was promised while it was filed under others."""
    days = retention_of(type_).keep_days
    said = None if days is None else row.created_at + timedelta(days=days)
    return max((until for until in (said, row.keep_until) if until is not None), default=None)
