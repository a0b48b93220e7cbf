"""A file that appears whole or not at all: written aside, synced, renamed into place; a repeat replaces itself."""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final, TypeVar

from docchain.features.delivery.roots import OpenFolder

T = TypeVar("T")
_BUFFER: Final = 1024 * 1024
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Written:
    path: str
    size: int
    sha256: str


def keyed_name(name: str, key: str) -> str:
    """Make the name of a delivery: as given, with a mark of the effect's key, so that no other delivery has it."""
    path = PurePath(name)
    return f"{path.stem}-{mark_of(key)}{path.suffix}"


def mark_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _aside(name: str, attempt: int) -> str:
    return f".{name}.{attempt}.part"


async def put(folder: OpenFolder, name: str, attempt: int, content: AsyncIterator[bytes]) -> Written:
    """Put a file into a folder; it is durable when this returns.

    Args:
        folder: where to.
        name: its name, unique to the effect.
        attempt: keeps attempts that overlap from writing into the same file.
        content: what is in it.
    """
    file = _File(folder.descriptor, _aside(name, attempt))
    buffer = bytearray()
    try:
        async for chunk in content:
            buffer += chunk
            if len(buffer) >= _BUFFER:
                await in_thread(file.write, bytes(buffer))
                buffer.clear()
        return await in_thread(_finish, file, bytes(buffer), folder, name, attempt)
    finally:
        file.discard()


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Run in a thread and never leave it behind: what it works on may be closed after this."""
    task = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _finish(file: "_File", rest: bytes, folder: OpenFolder, name: str, attempt: int) -> Written:
    file.write(rest)
    file.settle(name)
    for earlier in range(1, attempt):  # a kill leaves its part behind
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_aside(name, earlier), dir_fd=folder.descriptor)
    os.fsync(folder.descriptor)
    return Written(str(folder.path / name), file.size, file.hash.hexdigest())


class _File:
    """A file being written aside in an open folder."""

    def __init__(self, folder: int, aside: str) -> None:
        self.size = 0
        self.hash = hashlib.sha256()
        self._folder = folder
        self._aside = aside
        self._descriptor: int | None = None

    def write(self, data: bytes) -> None:
        if self._descriptor is None:
            self._descriptor = os.open(self._aside, _NEW, 0o666, dir_fd=self._folder)
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self.size += len(data)
        self.hash.update(data)

    def settle(self, name: str) -> None:
        assert self._descriptor is not None  # noqa: S101 - it was written
        os.fsync(self._descriptor)
        os.rename(self._aside, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)

    def discard(self) -> None:
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._aside, dir_fd=self._folder)
