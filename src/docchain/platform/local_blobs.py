"""Blobs in a folder: written aside, synced to the disk, then renamed into place.

Written by hand because obstore's local store never syncs: a power cut could take bytes that a committed fact names.
"""

import asyncio
import contextlib
import hashlib
import os
import time
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from docchain.platform.blobs import CHUNK, INCOMING, BlobMissing, Stored, check_size, name_of, one
from docchain.platform.ids import new_id

_BUFFER = 1024 * 1024
_ABANDONED_AFTER = 24 * 3600


class LocalBlobs:
    """Stores blobs below a folder.

    Args:
        root: the folder; made if missing.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / INCOMING
        _drop_abandoned(self._incoming)

    async def put_stream(self, workspace_id: UUID, chunks: AsyncIterable[bytes], limit: int | None = None) -> Stored:
        """Store what comes, at flat memory; more than `limit` bytes are refused and leave nothing behind."""
        arrival = _Arrival(self._incoming / str(new_id()))
        try:
            buffer = bytearray()
            async for chunk in chunks:
                buffer += chunk
                check_size(arrival.size + len(buffer), limit)
                if len(buffer) >= _BUFFER:
                    await asyncio.to_thread(arrival.write, bytes(buffer))
                    buffer.clear()
            return await asyncio.to_thread(self._settle, arrival, bytes(buffer), workspace_id)
        finally:
            arrival.discard()

    async def put(self, workspace_id: UUID, data: bytes) -> Stored:
        return await self.put_stream(workspace_id, one(data))

    async def open(
        self, workspace_id: UUID, sha256: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Read from `start` up to, not including, `end`."""
        file = await asyncio.to_thread(self._open, workspace_id, sha256, start)
        try:
            left = end - start if end is not None else None
            while left is None or left > 0:
                chunk = await asyncio.to_thread(file.read, CHUNK if left is None else min(CHUNK, left))
                if not chunk:
                    return
                left = left if left is None else left - len(chunk)
                yield chunk
        finally:
            file.close()

    async def get(self, workspace_id: UUID, sha256: str) -> bytes:
        return b"".join([chunk async for chunk in self.open(workspace_id, sha256)])

    async def exists(self, workspace_id: UUID, sha256: str) -> bool:
        return await asyncio.to_thread((self._root / name_of(workspace_id, sha256)).is_file)

    def _open(self, workspace_id: UUID, sha256: str, start: int) -> BinaryIO:
        try:
            file = (self._root / name_of(workspace_id, sha256)).open("rb")
        except FileNotFoundError:
            raise BlobMissing(f"No content is stored under {sha256[:12]}….") from None
        file.seek(start)
        return file

    def _settle(self, arrival: "_Arrival", rest: bytes, workspace_id: UUID) -> Stored:
        arrival.write(rest)
        stored = arrival.finish()
        target = self._root / name_of(workspace_id, stored.sha256)
        if target.exists():
            return stored
        _make_folder(target.parent, self._root)
        arrival.path.replace(target)
        _sync_folder(target.parent)
        return stored


class _Arrival:
    """A file being written aside, with its hash."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._hash = hashlib.sha256()
        self._file: BinaryIO | None = None

    def write(self, data: bytes) -> None:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("xb", buffering=0)
        left = memoryview(data)
        while left:  # a disk that fills up takes less than it is given before it refuses
            left = left[self._file.write(left) :]
        self._hash.update(data)
        self.size += len(data)

    def finish(self) -> Stored:
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
        return Stored(self._hash.hexdigest(), self.size)

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
            self.path.unlink(missing_ok=True)


def _make_folder(folder: Path, root: Path) -> None:
    """Make a folder whose own name is durable too."""
    if folder == root or folder.is_dir():
        return
    _make_folder(folder.parent, root)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _drop_abandoned(incoming: Path) -> None:
    oldest = time.time() - _ABANDONED_AFTER
    for path in incoming.iterdir() if incoming.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()
