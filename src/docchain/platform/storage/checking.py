"""Reads a blob whole and compares it with everything that is known of it."""

import hashlib
from uuid import UUID

from docchain.platform.storage.damage import BlobDamaged
from docchain.platform.storage.store import BlobStore


async def check(blobs: BlobStore, workspace_id: UUID, sha256: str) -> bool:
    """Whether there is such a blob, and it is sound.

    Raises:
        BlobDamaged: when it is not.
    """
    if not await blobs.exists(workspace_id, sha256):
        return False
    digest = hashlib.sha256()
    async for piece in blobs.open(workspace_id, sha256):
        await blobs.on_thread(digest.update, piece)
    if digest.hexdigest() != sha256:
        raise BlobDamaged(workspace_id, sha256, "its content is another one")
    return True
