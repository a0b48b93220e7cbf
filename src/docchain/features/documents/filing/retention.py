"""Retention of documents: sweeps put into the trash and purge what is due, and say why; what is held stays."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Final, Literal
from uuid import UUID

import structlog
from pydantic import ConfigDict, Field

from docchain.features.documents.domain import KIND, handle_of
from docchain.features.documents.filing.going import forget_with
from docchain.features.documents.filing.repository import FilingRepository
from docchain.features.documents.filing.retention_repository import RetentionRepository
from docchain.features.documents.filing.trash import kept_until, retention_of
from docchain.features.documents.storage.service import StorageService
from docchain.features.documents.tables import DocumentRow, FilingRow
from docchain.features.runs import order_erasure
from docchain.platform.database import Database
from docchain.platform.model import Model
from docchain.platform.personal import erase
from docchain.platform.wiping import wiping
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
_BATCH: Final = 200
_FIRST: Final = UUID(int=0)
_BEFORE_FIRST: Final = 30.0
Act = Literal["trash", "purge", "keep"]


class Due(Model):
    """What a sweep does with a document whose time has come."""

    document: str = Field(description="Its handle.", examples=["document_7"])
    name: str = Field(examples=["factura-2026-017.pdf"])
    act: Act = Field(description="`keep`: it is due, and stays for the reason that is told.")
    reason: str = Field(examples=["it has been in the trash for 31 days, 30 are allowed"])


class RetentionPlan(Model):
    """What a sweep would do now; nothing has happened."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [
                    {
                        "document": "document_7",
                        "name": "factura-2026-017.pdf",
                        "act": "purge",
                        "reason": "it has been in the trash for 31 days, and documents stay there 30",
                    }
                ]
            }
        }
    )

    items: list[Due]


class Sweeper:
    """Sweeps within one workspace.

    Args:
        work: the transaction, in the workspace.
        trash_days: how long documents stay in the trash, unless their type says otherwise.
    """

    def __init__(self, work: Work, trash_days: int) -> None:
        self._work = work
        self._days = trash_days
        self._retention = RetentionRepository(work.session)
        self._filing = FilingRepository(work)
        self._types = {row.id: row for row in self._filing.types()}

    def plan(self, most: int) -> RetentionPlan:
        """What a sweep would do now, up to `most` documents."""
        found = [due for _, due in self._all(most)]
        return RetentionPlan(items=found[:most])

    def sweep(self, most: int = _BATCH) -> int:
        """Do it for the next documents; tell how many went."""
        due = [(row, told) for row, told in self._all(most) if told.act != "keep"][:most]
        for row, told in due:
            if told.act == "trash":
                row.deleted_at = self._work.now
                row.revision += 1
                self._emit("document.deleted", row, reason=told.reason)
        trashed = sum(told.act == "trash" for _, told in due)
        if trashed:
            StorageService(self._work).count(0, documents=-trashed)
        self.purge([(row, told.reason) for row, told in due if told.act == "purge"])
        return len(due)

    def purge(self, going: Sequence[tuple[DocumentRow, str]]) -> None:
        """Remove all there is of documents, and say so with the hashes of what they were; names leave the log."""
        if not going:
            return
        texts = self._retention.texts_of([row.id for row, _ in going])
        all_ = [*going, *((row, "it is the text of a document that was purged") for row in texts)]
        ids = [row.id for row, _ in all_]
        contents = self._retention.contents(ids)
        for row, reason in all_:
            self._emit("document.purged", row, reason=reason, versions=[version.sha256 for version in contents[row.id]])
        versions = [version for theirs in contents.values() for version in theirs]
        alive = sum(row.deleted_at is None for row in texts)
        StorageService(self._work).count(-sum(version.size for version in versions), documents=-alive)
        inline = {version.sha256 for version in versions if version.inline}
        order_erasure(self._work, ids, self._retention.handled_by([version.id for version in versions]), inline)
        with wiping(self._work):
            self._retention.purge(ids)
            forget_with(self._work, ids)
            erase(self._work.session, ids)

    def _all(self, most: int) -> Iterator[tuple[DocumentRow, Due]]:
        """Enough of them; what is kept does not count."""
        seen = 0
        for row, due in chain(self._expired(most), self._in_trash()):
            yield row, due
            seen += due.act != "keep"
            if seen == most:
                return

    def _expired(self, most: int) -> Iterator[tuple[DocumentRow, Due]]:
        for type_ in self._types.values():
            days = retention_of(type_).delete_after_days
            if days is None:
                continue
            reason = f"documents of type {type_.name} go to the trash after {days} days"
            before = self._work.now - timedelta(days=days)
            for row in self._retention.expired(type_.id, before, _FIRST, most + _BATCH):
                yield row, self._judged(row, "trash", reason, type_)

    def _in_trash(self) -> Iterator[tuple[DocumentRow, Due]]:
        said = (retention_of(type_).trash_days for type_ in self._types.values())
        shortest = min([self._days, *(days for days in said if days is not None)])
        after = _FIRST
        while rows := self._retention.trash(self._work.now - timedelta(days=shortest), after, _BATCH):
            types = self._types_of(rows)
            for row in rows:
                if (due := self._purged(row, types.get(row.id))) is not None:
                    yield row, due
            after = rows[-1].id

    def _purged(self, row: DocumentRow, type_: FilingRow | None) -> Due | None:
        own = retention_of(type_).trash_days
        days = self._days if own is None else own
        lay = self._work.now - (row.deleted_at or self._work.now)
        if lay < timedelta(days=days):
            return None
        reason = f"it has been in the trash for {lay.days} days, and documents stay there {days}"
        return self._judged(row, "purge", reason, type_)

    def _judged(self, row: DocumentRow, act: Act, reason: str, type_: FilingRow | None) -> Due:
        until = kept_until(row, type_)
        if until is not None and until > self._work.now:
            return self._due(row, "keep", f"it is kept until {until:%Y-%m-%d}, as its type says or one that it had")
        if row.held_at is not None:
            return self._due(row, "keep", f"it is under legal hold: {row.hold_reason}")
        return self._due(row, act, reason)

    def _due(self, row: DocumentRow, act: Act, reason: str) -> Due:
        return Due(document=handle_of(row.number), name=row.name, act=act, reason=reason)

    def _types_of(self, rows: Sequence[DocumentRow]) -> dict[UUID, FilingRow]:
        facets = self._filing.facets([row.id for row in rows])
        filed = [facet for theirs in facets.values() for facet in theirs if facet.facet == "type"]
        return {facet.document_id: self._types[UUID(facet.value)] for facet in filed}

    def _emit(self, type_: str, row: DocumentRow, **told: object) -> None:
        self._work.emit(type_, KIND, row.id, {"handle": handle_of(row.number), "name": row.name, **told})


class DocumentRetention:
    """Sweeps every so often, in the process that executes runs.

    Args:
        database: where documents are.
        trash_days: how long they stay in the trash.
        every: seconds between sweeps.
    """

    def __init__(self, database: Database, trash_days: int, every: float) -> None:
        self._database = database
        self._days = trash_days
        self._every = every

    async def run(self) -> None:
        """Sweep until cancelled; a sweep that fails is tried again the next time."""
        delay = min(_BEFORE_FIRST, self._every)
        while True:
            await asyncio.sleep(delay)
            delay = self._every
            try:
                await self.sweep()
            except Exception:
                log.exception("document_retention_failed", retry_in=delay)

    async def sweep(self) -> int:
        """Do all that is due, some documents a transaction; tell how many went."""
        gone = 0
        workspaces = await self._database.read(lambda work: RetentionRepository(work.session).workspaces(), SYSTEM)
        for workspace_id in workspaces:
            while some := await self._database.write(partial(self._some, workspace_id), SYSTEM):
                gone += some
        return gone

    def plan(self, work: Work, most: int) -> RetentionPlan:
        return Sweeper(work, self._days).plan(most)

    def _some(self, workspace_id: UUID, work: Work) -> int:
        with work.inside(workspace_id):
            return Sweeper(work, self._days).sweep()


def purge_now(work: Work, row: DocumentRow, reason: str) -> None:
    """Purge a document of the trash before its time; what is held or must be kept is refused before."""
    Sweeper(work, 0).purge([(row, reason)])
