"""Where the bytes of a version are: small ones made by steps in the engine's journal, all others in the blob store."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Protocol
from uuid import UUID

from docchain.platform.blobs import Blobs, Stored


class InlineBlobs(Protocol):
    """What the engine offers."""

    async def blob(self, workspace_id: UUID, sha256: str) -> bytes | None: ...


class Contents:
    """Reads bytes by their SHA-256 within a workspace, wherever they are.

    Args:
        blobs: the store of everything that is not inline.
        inline_bytes: largest content of a step that travels inline.
    """

    def __init__(self, blobs: Blobs, inline_bytes: int = 32 * 1024) -> None:
        self.blobs = blobs
        self.inline_bytes = inline_bytes
        self._inline: InlineBlobs | None = None

    def connect(self, engine: InlineBlobs) -> None:
        """Name the engine, which is built after the step kinds that read through here."""
        self._inline = engine

    async def put_stream(self, workspace_id: UUID, chunks: AsyncIterable[bytes], limit: int | None = None) -> Stored:
        return await self.blobs.put_stream(workspace_id, chunks, limit)

    async def open(
        self, workspace_id: UUID, sha256: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Read from `start` up to, not including, `end`."""
        inline = await self._inline.blob(workspace_id, sha256) if self._inline else None
        if inline is not None:
            yield inline[start:end]
            return
        async for chunk in self.blobs.open(workspace_id, sha256, start, end):
            yield chunk

    async def get(self, workspace_id: UUID, sha256: str) -> bytes:
        return b"".join([chunk async for chunk in self.open(workspace_id, sha256)])
