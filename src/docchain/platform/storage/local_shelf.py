"""A shelf that is a folder: written aside, synced to the disk, then renamed into place.

Written by hand because obstore's local store never syncs: a power cut could take bytes that a committed fact names.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from docchain.platform.blobs import CHUNK, INCOMING
from docchain.platform.ids import new_id
from docchain.platform.storage.shelf import Broken, Item
from docchain.platform.threads import to_its_end

_BLOCK = 2 * CHUNK
_DROPPED = "dropped"
_SLASH = "~"


class LocalShelf:
    """Keeps bytes below a folder.

    Args:
        root: the folder; made when something is kept.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def arrive(self) -> "LocalArrival":
        return LocalArrival(self._root)

    async def size(self, name: str) -> int | None:
        return await asyncio.to_thread(_size, self._root / name)

    async def part(self, name: str, start: int, end: int) -> bytes:
        return await asyncio.to_thread(_part, self._root / name, start, end)

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(_open_at, self._root / name, start)
        try:
            left = end - start
            while left > 0 and (block := await asyncio.to_thread(file.read, min(_BLOCK, left))):
                left -= len(block)
                yield block
        finally:
            file.close()

    async def create(self, name: str, data: bytes) -> bool:
        return await asyncio.to_thread(self._create, name, data)

    async def replace(self, name: str, data: bytes) -> None:
        arrival = self.arrive()
        try:
            await arrival.write(data)
            await to_its_end(arrival.settle, name)
        finally:
            await arrival.discard()

    async def items(self, prefix: str, after: str = "") -> AsyncIterator[Item]:
        folders = [self._root / prefix]
        while folders:
            files, below = await asyncio.to_thread(_listed, folders.pop(), self._root, after)
            for item in files:
                yield item
            folders += reversed(below)

    async def drop(self, name: str, unchanged_since: datetime) -> bool:
        return await asyncio.to_thread(self._drop, name, unchanged_since)

    async def sign(self, name: str, lasts: timedelta) -> str | None:  # noqa: ARG002 - a folder has no address
        return None

    async def drop_abandoned(self, before: datetime) -> int:
        return await asyncio.to_thread(drop_older, self._root / INCOMING, before.timestamp())

    def _create(self, name: str, data: bytes) -> bool:
        path, aside = self._root / name, self._root / INCOMING / str(new_id())
        _write(aside, data)
        _make_folder(path.parent, self._root)
        try:
            os.link(aside, path)
        except FileExistsError:
            return False
        finally:
            aside.unlink(missing_ok=True)
        _sync_folder(path.parent)
        return True

    def put_back(self, before: float) -> None:
        """What a crash left aside: it goes back, to be judged again."""
        folder = self._root / _DROPPED
        for aside in list(folder.iterdir()) if folder.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):
                if aside.stat().st_ctime < before:
                    path = self._root / aside.name.replace(_SLASH, "/")
                    aside.unlink() if path.exists() else aside.rename(path)

    def _drop(self, name: str, unchanged_since: datetime) -> bool:
        """Take it aside first: who stores it again from now on makes it anew, who did before has made it young."""
        path, aside = self._root / name, self._root / _DROPPED / name.replace("/", _SLASH)
        aside.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.rename(aside)
        except FileNotFoundError:
            return False
        if aside.stat().st_mtime > unchanged_since.timestamp():
            aside.rename(path)
            return False
        aside.unlink()
        _sync_folder(path.parent)
        return True


class LocalArrival:
    """A file being written aside; the thread of a write that nobody waits for any more may still be at it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.path = root / INCOMING / str(new_id())
        self._file: BinaryIO | None = None
        self._in_turn = Lock()
        self._discarded = False

    async def write(self, data: bytes) -> None:
        await to_its_end(self._write, data)

    async def keep(self, name: str, is_broken: Broken) -> None:
        if not await asyncio.to_thread(_made_young, self._root / name) or await is_broken():
            await to_its_end(self.settle, name)

    async def discard(self) -> None:
        await to_its_end(self._discard)

    def settle(self, name: str) -> None:
        """Whatever has the name is replaced."""
        target = self._root / name
        with self._in_turn:
            file = self._opened()
            os.fsync(file.fileno())
            file.close()
            _make_folder(target.parent, self._root)
            self.path.replace(target)
            _sync_folder(target.parent)

    def _write(self, data: bytes) -> None:
        with self._in_turn:
            file = self._opened()
            left = memoryview(data)
            while left:  # a disk that fills up takes less than it is given before it refuses
                left = left[file.write(left) :]

    def _opened(self) -> BinaryIO:
        if self._discarded:
            raise FileNotFoundError(self.path)
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("xb", buffering=0)
        return self._file

    def _discard(self) -> None:
        with self._in_turn:
            self._discarded = True
            if self._file is not None:
                self._file.close()
                self.path.unlink(missing_ok=True)


def drop_older(folder: Path, before: float) -> int:
    dropped = 0
    for path in list(folder.iterdir()) if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                dropped += 1
    return dropped


def _made_young(path: Path) -> bool:
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def _part(path: Path, start: int, end: int) -> bytes:
    with path.open("rb", buffering=0) as file:
        return os.pread(file.fileno(), end - start, start)


def _open_at(path: Path, start: int) -> BinaryIO:
    file = path.open("rb")  # buffered, so that closing waits for a read that was cancelled
    file.seek(start)
    return file


def _listed(folder: Path, root: Path, after: str) -> tuple[list[Item], list[Path]]:
    """Files of a folder and the folders in it, each in order, without those that are all before a name."""
    items, below = [], []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name) if folder.is_dir() else ():
        name = Path(entry.path).relative_to(root).as_posix()
        if entry.is_dir():
            if name >= after[: len(name)]:
                below.append(Path(entry.path))
        elif name > after:
            with contextlib.suppress(FileNotFoundError):
                told = entry.stat()
                items.append(Item(name, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC)))
    return items, below


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


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
