"""What a workspace has outside the database, wherever it is kept under the workspace's own id."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from docchain.features.identity.workspaces.erasing import Part
from docchain.platform.storage.keyring import KEYS
from docchain.platform.storage.store import BlobStore

_YOUNG: Final = timedelta(days=1)
"""A shelf spares what somebody stored just now; nobody may any more."""


def contents_of(blobs: BlobStore) -> Part:
    """All contents, then the keys that they are sealed under: what a backup still has of them is unreadable then."""

    async def erase(workspace_id: UUID) -> None:
        for prefix in (str(workspace_id), f"{KEYS}/{workspace_id}"):
            names = [item.name async for item in blobs.shelf.items(prefix)]
            for name in names:
                await blobs.shelf.drop(name, datetime.now(UTC) + _YOUNG)

    return erase


def folders_of(*roots: Path) -> Part:
    """The workspace's own folder below each of these."""

    async def erase(workspace_id: UUID) -> None:
        for root in roots:
            await asyncio.to_thread(shutil.rmtree, root / str(workspace_id), ignore_errors=True)

    return erase
