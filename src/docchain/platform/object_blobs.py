"""Blobs in an object store (S3, Azure, Google Cloud, memory): uploaded in parts under a passing name, then renamed."""

import contextlib
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from uuid import UUID

import obstore
from obstore.store import ObjectStore, from_url

from docchain.platform.blobs import CHUNK, INCOMING, BlobMissing, Stored, check_size, name_of, one
from docchain.platform.ids import new_id


class ObjectBlobs:
    """Stores blobs in an object store of any provider that obstore speaks to."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def from_url(cls, url: str) -> "ObjectBlobs":
        return cls(from_url(url))

    async def put_stream(self, workspace_id: UUID, chunks: AsyncIterable[bytes], limit: int | None = None) -> Stored:
        """Store what comes, at flat memory; more than `limit` bytes are refused and leave nothing behind."""
        arrival = f"{INCOMING}/{new_id()}"
        digest, size = hashlib.sha256(), 0
        try:
            async with obstore.open_writer_async(self._store, arrival) as writer:
                async for chunk in chunks:
                    size += len(chunk)
                    check_size(size, limit)
                    digest.update(chunk)
                    await writer.write(chunk)
            name = name_of(workspace_id, digest.hexdigest())
            await obstore.copy_async(self._store, arrival, name)
        finally:
            with contextlib.suppress(FileNotFoundError):
                await obstore.delete_async(self._store, arrival)
        return Stored(digest.hexdigest(), size)

    async def put(self, workspace_id: UUID, data: bytes) -> Stored:
        return await self.put_stream(workspace_id, one(data))

    async def open(
        self, workspace_id: UUID, sha256: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Read from `start` up to, not including, `end`."""
        name = name_of(workspace_id, sha256)
        try:
            size = (await obstore.head_async(self._store, name))["size"]
        except FileNotFoundError:
            raise BlobMissing(f"No content is stored under {sha256[:12]}….") from None
        stop = size if end is None else min(end, size)
        if start >= stop:
            return
        found = await obstore.get_async(self._store, name, options={"range": (start, stop)})
        async for chunk in found.stream(min_chunk_size=CHUNK):
            yield bytes(chunk)

    async def get(self, workspace_id: UUID, sha256: str) -> bytes:
        return b"".join([chunk async for chunk in self.open(workspace_id, sha256)])

    async def exists(self, workspace_id: UUID, sha256: str) -> bool:
        try:
            await obstore.head_async(self._store, name_of(workspace_id, sha256))
        except FileNotFoundError:
            return False
        return True
