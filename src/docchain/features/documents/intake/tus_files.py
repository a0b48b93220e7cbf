"""Files of resumable uploads: each grows at its end only, and its length, once on the disk, is how far it has come."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final
from uuid import UUID

from starlette.requests import ClientDisconnect

from docchain.platform.threads import to_its_end

_BATCH: Final = 256 * 1024
_UNVERIFIED: Final = ".from"


class TusFiles:
    """Below a folder, one file an upload.

    Args:
        folder: made when the first is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, upload: UUID) -> Path:
        return self._folder / str(upload)

    def create(self, upload: UUID) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path(upload), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _sync_folder(self._folder)

    def sizes(self, uploads: Iterable[UUID]) -> dict[UUID, int]:
        """How many bytes are there, of those that are on this server; nothing is cut off for it."""
        found: dict[UUID, int] = {}
        for upload in uploads:
            with suppress(FileNotFoundError):
                found[upload] = self.path(upload).stat().st_size
        return found

    def offset(self, upload: UUID) -> int:
        """How many bytes are safe; what a broken-off piece left unverified is gone.

        Raises:
            FileNotFoundError: there is no such file.
        """
        path, mark = self.path(upload), self._mark(upload)
        with path.open("r+b") as file:
            if mark.exists():
                file.truncate(int(mark.read_text() or "0"))
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        mark.unlink(missing_ok=True)
        return size

    async def append(self, upload: UUID, chunks: AsyncIterable[bytes], digest: Any = None) -> int:
        """Write what comes as far as it comes; return the new length. With a digest, all of it counts or nothing."""
        with await to_its_end(self._open, upload, marked=digest is not None) as file:
            batch = _Batch(file, digest)
            try:
                async for chunk in chunks:
                    if batch.holds(chunk) >= _BATCH:
                        await asyncio.to_thread(batch.write)
            except ClientDisconnect:
                pass
            finally:
                batch.write()  # not in a thread: whoever takes over has cancelled us
                os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size

    def verified(self, upload: UUID) -> None:
        """What was written last counts."""
        self._mark(upload).unlink(missing_ok=True)

    def remove(self, upload: UUID) -> None:
        self.path(upload).unlink(missing_ok=True)
        self._mark(upload).unlink(missing_ok=True)

    def left(self) -> list[UUID]:
        if not self._folder.is_dir():
            return []
        return [UUID(path.name) for path in self._folder.iterdir() if len(path.name) == 36]  # noqa: PLR2004 - of a UUID

    def _open(self, upload: UUID, *, marked: bool) -> Any:
        file = self.path(upload).open("r+b", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of another process: `BlockingIOError`
        size = file.seek(0, os.SEEK_END)
        if marked:
            with self._mark(upload).open("w") as mark:
                mark.write(str(size))
                mark.flush()
                os.fsync(mark.fileno())
        return file

    def _mark(self, upload: UUID) -> Path:
        return self._folder / f"{upload}{_UNVERIFIED}"


class _Batch:
    """Bytes on their way to a file, each written once: a thread may still be at it when its request is cancelled."""

    def __init__(self, file: Any, digest: Any) -> None:
        self._file = file
        self._digest = digest
        self._bytes = bytearray()
        self._lock = Lock()

    def holds(self, chunk: bytes) -> int:
        """Take some more; tell how many there are."""
        self._bytes += chunk
        return len(self._bytes)

    def write(self) -> None:
        with self._lock:
            if self._digest is not None:
                self._digest.update(self._bytes)
            while self._bytes:
                del self._bytes[: self._file.write(self._bytes)]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
