"""The audit of one workspace in the archive of everything: as `docchain audit export` writes it, ready to verify."""

from collections.abc import AsyncIterable, AsyncIterator
from functools import partial
from pathlib import Path
from uuid import UUID

from docchain.platform.database import Database
from docchain.platform.spool import Spool, pour
from docchain.platform.work import SYSTEM, Work


class AuditEntries:
    """Adds one file to the archive.

    Args:
        database: where the log is.
        spool: where the file is made before it is sent.
    """

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool

    async def entries(self, workspace_id: UUID) -> AsyncIterator[tuple[str, AsyncIterable[bytes]]]:
        async with self._spool.file() as path:
            await self._database.read(partial(_write, path=path, workspace_id=workspace_id), SYSTEM)
            yield "audit.ndjson", pour(path)


def _write(work: Work, path: Path, workspace_id: UUID) -> None:
    from docchain.features.audit.exporting import write_export  # noqa: PLC0415 - a server that starts answers first

    with path.open("r+b") as file:
        write_export(work, file, [workspace_id])
