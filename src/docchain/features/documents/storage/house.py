"""Everything about storage that doors need, in one place; built by the composition root."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from docchain.features.documents.storage.collecting import Collector, Keeper
from docchain.features.documents.storage.linking import Linking
from docchain.features.documents.storage.links import DocumentLinks
from docchain.features.documents.storage.repository import StorageRepository
from docchain.features.documents.storage.schemas import StorageMove, StorageUsage
from docchain.features.documents.storage.service import StorageService
from docchain.features.documents.storage.verifying import Verifier
from docchain.platform.database import Database
from docchain.platform.settings import Settings
from docchain.platform.storage.opening import shown
from docchain.platform.storage.store import BlobStore
from docchain.platform.work import SYSTEM, Work

_ABANDONED: Final = timedelta(days=1)
_FRESH: Final = 30.0
"""Seconds after which another process's change of a workspace's codec is seen."""


class DocumentStorage:
    """Storage of documents, over an open store.

    Args:
        settings: the operator's.
        database: counters, quotas, names.
        blobs: the store.
        journal: the engine's.
        keepers: who else may keep content from being collected.
    """

    def __init__(
        self, settings: Settings, database: Database, blobs: BlobStore, journal: Any, keepers: Sequence[Keeper] = ()
    ) -> None:
        own = settings.storage
        self.blobs = blobs
        self.settings = settings
        self.name = shown(own.blob_url, own.blob_dir)
        self.verifier = Verifier(database, blobs)
        self.collector = Collector(database, blobs, journal, keepers, timedelta(seconds=own.collect_grace))
        longest = timedelta(seconds=own.link_seconds_max)
        links = DocumentLinks(settings.security.secret_key.get_secret_value(), settings.server.url, longest)
        self.linking = Linking(links, blobs)
        self._database = database
        self._codecs: dict[UUID, tuple[float, str | None]] = {}
        blobs.codec_of = self._codec_of

    async def prepare(self) -> None:
        """Keep the installation's quota where transactions find it."""
        own = self.settings.storage
        wanted = (own.quota_bytes, own.quota_documents)
        if await self._database.read(lambda work: StorageRepository(work).default(), SYSTEM) != wanted:
            await self._database.write(lambda work: StorageRepository(work).keep_default(*wanted), SYSTEM)

    def usage(self, work: Work) -> StorageUsage:
        told = StorageService(work).usage(self.settings.storage.compression)
        told.encryption, told.store = self.settings.storage.encryption, self.name
        return told

    def moves(self, work: Work) -> list[StorageMove]:
        return [StorageMove.model_validate(row) for row in StorageRepository(work).moves(20)]

    async def drop_abandoned(self) -> int:
        """Remove uploads that broke off long ago; they belong to nobody."""
        return await self.blobs.shelf.drop_abandoned(datetime.now(UTC) - _ABANDONED)

    def forget_codec(self, workspace_id: UUID) -> None:
        """Look again: it was changed here."""
        self._codecs.pop(workspace_id, None)

    def word(self) -> str:
        """What an operator should know about the keys; empty if all is as it should be."""
        keyring = self.blobs.keyring
        made = keyring.masters.generated if keyring and self.blobs.encrypts else None
        if made is None:
            return ""
        return (
            f"The master key was made by the first start and lies beside the data ({made}). Without it no content can "
            "be read: copy it to a safe place, or set DOCCHAIN_ENCRYPTION_KEY, list the text of this file in "
            "DOCCHAIN_ENCRYPTION_OLD_KEYS and run `docchain storage rotate-keys`."
        )

    async def _codec_of(self, workspace_id: UUID) -> str | None:
        at, codec = self._codecs.get(workspace_id, (0.0, None))
        if not at or time.monotonic() - at > _FRESH:
            codec = await self._database.read(lambda work: _compression(work, workspace_id), SYSTEM)
            self._codecs[workspace_id] = (time.monotonic(), codec)
        return codec


def _compression(work: Work, workspace_id: UUID) -> str | None:
    with work.inside(workspace_id):
        return StorageService(work).compression()
