"""Takes fingerprints of texts that were read, a few at a time, in child processes; a failed one is not tried again."""

import asyncio
from typing import Final

import structlog

from docchain.engine.kinds import StepError
from docchain.features.documents.children import Children
from docchain.features.documents.contents import Contents
from docchain.features.documents.domain import KIND
from docchain.features.documents.likeness.repository import LikenessRepository
from docchain.features.documents.likeness.signing import bands_of, written
from docchain.features.documents.tables import FingerprintRow
from docchain.platform.blobs import BlobLost
from docchain.platform.database import Database
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.spool import fill
from docchain.platform.turns import on_behalf_of
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
_JOB: Final = "docchain.features.documents.likeness.sign_job:run"
_BATCH: Final = 20
_RHYTHM: Final = Rhythm(rest=0.0, poll=10.0)


class Fingerprints:
    """Runs beside the engine.

    Args:
        database: what waits, and what was taken.
        contents: where texts are.
        children: where signatures are made.
    """

    def __init__(self, database: Database, contents: Contents, children: Children) -> None:
        self._database = database
        self._contents = contents
        self._children = children
        self._wake = asyncio.Event()
        database.on_events(self._wake.set, KIND)

    async def run(self) -> None:
        """Take them until cancelled."""
        await persevere(self._take_all, self._wake, _RHYTHM, "fingerprints_failed")

    async def _take_all(self) -> None:
        while await self.take():
            pass

    async def take(self) -> int:
        """Take some of those that wait; tell how many."""
        rows = await self._database.read(lambda work: LikenessRepository(work).pending(_BATCH), SYSTEM)
        for row in rows:
            await self._take(row)
        return len(rows)

    async def _take(self, row: FingerprintRow) -> None:
        signature: list[int] = []
        try:
            async with self._children.file() as given:
                await fill(given, self._contents.open(row.workspace_id, row.parsed))
                with on_behalf_of(row.workspace_id):
                    signature = await self._children.call(_JOB, str(given))
        except (StepError, BlobLost) as error:
            log.warning("no_fingerprint", document=str(row.document_id), reason=str(error))

        def keep(work: Work) -> None:
            with work.inside(row.workspace_id):
                LikenessRepository(work).keep(row.document_id, row.parsed, written(signature), bands_of(signature))

        await self._database.write(keep, SYSTEM)
