"""Files that pass between us and child processes, in a folder of this process; each is gone when its use ends."""

import asyncio
import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Literal

from docchain.platform.ids import new_id
from docchain.platform.threads import to_its_end

_CHUNK = 256 * 1024


class Spool:
    """Passing files below a folder that several processes may share.

    Args:
        root: the shared folder; what processes that are gone left there is removed. Without it, the system's own
            folder for passing files.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._folder: Path | None = None
        self._held = -1
        self._making = threading.Lock()
        if root is not None and root.is_dir():
            with _turn(root):
                _drop_left(root)

    @asynccontextmanager
    async def file(self) -> AsyncIterator[Path]:
        """An empty file; who is handed its name can write to it, but never bring it back."""
        name = str(new_id())
        try:
            yield await to_its_end(self._new_file, name)
        finally:
            await to_its_end(self._remove, name)

    def close(self) -> None:
        """Remove our folder, with files that are still in use."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._held)
            self._folder = None

    def _new_file(self, name: str) -> Path:
        with self._making:
            self._folder = self._folder or self._own_folder()
        path = self._folder / name
        path.touch(mode=0o600, exist_ok=False)
        return path

    def _remove(self, name: str) -> None:
        folder = self._folder
        if folder is not None:
            (folder / name).unlink(missing_ok=True)

    def _own_folder(self) -> Path:
        """A folder that is locked as long as this process lives."""
        if self._root is None:
            folder = Path(tempfile.mkdtemp(prefix="docchain-"))
            self._held = os.open(folder, os.O_RDONLY)
            return folder
        self._root.mkdir(parents=True, exist_ok=True)
        with _turn(self._root):
            folder = self._root / str(new_id())
            folder.mkdir(mode=0o700)
            self._held = os.open(folder, os.O_RDONLY)
            fcntl.flock(self._held, fcntl.LOCK_EX)
        return folder


async def fill(path: Path, chunks: AsyncIterable[bytes]) -> None:
    """Write what comes, at flat memory."""
    with await _opened(path, "r+b") as file:
        async for chunk in chunks:
            await to_its_end(_write_all, file, chunk)


async def pour(path: Path, start: int = 0) -> AsyncIterator[bytes]:
    """Read a file from `start`, at flat memory."""
    with await _opened(path, "rb") as file:
        file.seek(start)
        while chunk := await to_its_end(file.read, _CHUNK):
            yield chunk


async def _opened(path: Path, mode: Literal["rb", "r+b"]) -> FileIO:
    """Who is cancelled while a thread opens it waits for that, so that nothing stays open."""
    opening = asyncio.create_task(asyncio.to_thread(FileIO, path, mode))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(OSError):
            (await opening).close()
        raise


def _write_all(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:  # a disk that fills up takes less than it is given before it refuses
        left = left[file.write(left) :]


@contextmanager
def _turn(root: Path) -> Iterator[None]:
    """Folders are made and removed one process at a time, so that none is removed before its owner holds it."""
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _drop_left(root: Path) -> None:
    for folder in root.iterdir():
        with suppress(OSError):  # held by a process that lives, or gone already
            handle = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(handle)
