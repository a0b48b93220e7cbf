"""Files of this machine as streams, read off the event loop."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import BinaryIO, Final

from docchain.platform.settings import SettingsError

_CHUNK: Final = 1024 * 1024


async def read_chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


async def write_whole(target: Path, chunks: AsyncIterable[bytes], *, force: bool) -> None:
    """Write beside it and rename, so that what is cut short leaves no half file, and the one that was there."""
    aside, name = _beside(target, force=force)
    try:
        with aside:
            async for chunk in chunks:
                await asyncio.to_thread(aside.write, chunk)
        _rename(name, target)
    finally:
        _remove(name)


def _beside(target: Path, *, force: bool) -> tuple[BinaryIO, str]:
    """A new file in the same folder, or a device itself, which has no name to be changed."""
    if target.is_dir():
        raise SettingsError(f"{target} is a folder; name the file in it.")
    if target.exists() and not target.is_file():
        return target.open("wb"), ""
    if target.exists() and not force:
        raise SettingsError(f"{target} is there already; write elsewhere with --out, or over it with --force.")
    whole = target.resolve()
    number, name = tempfile.mkstemp(prefix=f".{whole.name[:50]}.", dir=whole.parent)
    return os.fdopen(number, "wb"), name


def _rename(name: str, target: Path) -> None:
    if name:
        whole = target.resolve()
        Path(name).chmod(whole.stat().st_mode & 0o777 if whole.exists() else 0o666 & ~_umask())
        Path(name).replace(whole)


def _remove(name: str) -> None:
    if name:
        Path(name).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
