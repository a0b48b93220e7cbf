"""Exports everything of a workspace: every table as lines of JSON, every content, and what other parts add."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Table

from docchain.features.identity.workspaces.holdings_repository import NOT_EXPORTED, HoldingsRepository, held_tables
from docchain.features.identity.workspaces.schemas import WorkspaceDetail
from docchain.features.identity.workspaces.service import WorkspaceService
from docchain.features.identity.workspaces.zipping import Entry, zipped
from docchain.platform.database import Database
from docchain.platform.storage.store import BlobStore
from docchain.platform.work import SYSTEM, Work

Source = Callable[[UUID], AsyncIterator[Entry]]
"""What one part of the product adds: names of files, and their contents."""
FORMAT: Final = 1
_SHA256: Final = 64


class Exporter:
    """Writes the archive while it is sent.

    Args:
        database: where the rows are; a few of them a transaction, so what changes meanwhile may be in it or not.
        blobs: where contents are; they are exported decrypted and unpacked, by their SHA-256.
        sources: what others add.
    """

    def __init__(self, database: Database, blobs: BlobStore, sources: Sequence[Source] = ()) -> None:
        self._database = database
        self._blobs = blobs
        self._sources = sources

    def archive(self, workspace_id: UUID) -> AsyncIterator[bytes]:
        """The ZIP file, piece by piece."""
        return zipped(self._entries(workspace_id))

    async def _entries(self, workspace_id: UUID) -> AsyncIterator[Entry]:
        about = await self._database.read(lambda work: _about(work, workspace_id), SYSTEM)
        yield "workspace.json", _once(msgspec.json.encode(about))
        members = await self._database.read(
            lambda work: list(HoldingsRepository(work.session, workspace_id).members()), SYSTEM
        )
        yield "members.ndjson", _once(_lines(members))
        for table in sorted(held_tables(), key=lambda table: table.name):
            if table.name not in NOT_EXPORTED:
                yield f"tables/{table.name}.ndjson", self._rows(workspace_id, table)
        for source in self._sources:
            async for entry in source(workspace_id):
                yield entry
        last = ""
        async for item in self._blobs.shelf.items(str(workspace_id)):
            sha256 = item.name.rpartition("/")[2][:_SHA256]
            if sha256 != last:  # one may be stored both plain and sealed, by an earlier release and by this one
                yield f"contents/{sha256}", self._blobs.open(workspace_id, sha256)
            last = sha256

    async def _rows(self, workspace_id: UUID, table: Table) -> AsyncIterator[bytes]:
        place: tuple[Any, ...] | None = None
        while True:

            def page(work: Work, after: tuple[Any, ...] | None = place) -> Any:
                return HoldingsRepository(work.session, workspace_id).page(table, after)

            rows, place = await self._database.read(page, SYSTEM)
            yield _lines(rows)
            if place is None:
                return


def note_export(work: Work) -> WorkspaceDetail:
    """Tell that everything of the workspace of the work was taken out; which one it is."""
    here = WorkspaceService(work).show()
    work.emit("workspace.exported", "workspace", here.id, {"slug": here.slug})
    return here


def _about(work: Work, workspace_id: UUID) -> dict[str, Any]:
    row = HoldingsRepository(work.session, workspace_id).workspace()
    return {
        "docchain_workspace": FORMAT,
        "id": str(workspace_id),
        "slug": row.slug if row else None,
        "name": row.name if row else None,
        "exported_at": work.now.isoformat().replace("+00:00", "Z"),
        "tables": sorted(str(table.name) for table in held_tables() if table.name not in NOT_EXPORTED),
    }


def _lines(rows: Sequence[dict[str, Any]]) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
