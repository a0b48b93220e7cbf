"""A watched folder: a file is taken when it has stopped changing, once, and moved away only when that is durable."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from docchain.features.documents.intake.arrivals import Arrival, readable
from docchain.features.documents.intake.keeping import Keeper, actor_of
from docchain.features.documents.intake.schemas import IntakeItem
from docchain.features.documents.intake.service import IntakeService
from docchain.features.documents.intake.source_schemas import FolderOptions, IntakeSource
from docchain.features.documents.intake.source_service import folder_of
from docchain.platform.work import Work

DONE: Final = "done"
REFUSED: Final = "refused"
_UNFINISHED: Final = (".part", ".tmp", ".crdownload", ".partial", ".swp", ".filepart")
_CHUNK: Final = 256 * 1024
_KEYS: Final = 500
_MOST_FAULTS: Final = 10
"""With so many, it is not the files."""


class Print(NamedTuple):
    """What tells one state of a file from others."""

    inode: int
    changed: int
    size: int


class FolderLook:
    """Looks at one folder again and again.

    Args:
        keeper: who takes what is found.
        workspace: whose folder it is.
        source: the source.
    """

    def __init__(self, keeper: Keeper, workspace: UUID, source: IntakeSource) -> None:
        self._keeper = keeper
        self._settings = keeper.intake.settings
        self._source = source
        self._actor = actor_of(workspace, source)
        self._options = FolderOptions.model_validate(source.options)
        self.folder = folder_of(self._options.path, self._settings.intake_roots)
        self._since: dict[Path, tuple[Print, float]] = {}
        self._left: set[str] = set()

    async def look(self) -> int:
        """Take what is ready; return how many were."""
        await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
        seen = await asyncio.to_thread(lambda: dict(self._files()))
        ready = [(path, now) for path, now in seen.items() if self._is_stable(path, now)]
        self._since = {path: self._since[path] for path in seen}
        keys = {self._key(path, now): path for path, now in ready}
        known = await self._known([key for key in keys if key not in self._left])
        taken = 0
        faults: list[Exception] = []
        for key, path in keys.items():
            if key in self._left:
                continue
            try:
                item = await self._take(key, path, known=key in known)
                await self._put_away(path, item)
            except Exception as fault:  # noqa: BLE001 - one file must not keep the others out; it is raised below
                faults.append(fault)
                if len(faults) == _MOST_FAULTS:
                    break
                continue
            taken += 1
            self._left.add(key)
        if faults:
            raise faults[0]
        return taken

    def _is_stable(self, path: Path, now: Print) -> bool:
        """Whether it has been so for long enough; files that are long done need not be waited for."""
        before, since = self._since.get(path, (None, 0.0))
        if before != now:
            since = time.monotonic()
            self._since[path] = (now, since)
        return time.monotonic() - since >= self._settings.intake.intake_folder_stable

    async def _known(self, keys: list[str]) -> set[str]:
        found: set[str] = set()
        for at in range(0, len(keys), _KEYS):
            part = keys[at : at + _KEYS]
            found |= await self._keeper.intake.database.read(partial(_known_of, part), self._actor)
        return found

    async def _take(self, key: str, path: Path, *, known: bool) -> IntakeItem:
        origin = str(path.relative_to(self.folder))
        arrival = Arrival("folder", key, path.name, None, origin, self._source.id)
        chunks = _nothing() if known else _content(path)
        return await self._keeper.take(self._actor, arrival, chunks, self._source)

    async def _put_away(self, path: Path, item: IntakeItem) -> None:
        if self._options.after == "leave":
            return
        folder = self.folder / (REFUSED if item.outcome == "refused" else DONE)
        await asyncio.to_thread(_move, path, folder, item.id)

    def _files(self) -> Iterator[tuple[Path, Print]]:
        found = self.folder.rglob("*") if self._options.recursive else self.folder.iterdir()
        for path in found:
            inside = path.relative_to(self.folder).parts
            if inside[0] in (DONE, REFUSED) or any(part.startswith((".", "~")) for part in inside):
                continue
            try:
                told = path.lstat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(told.st_mode) and not path.name.endswith(_UNFINISHED):
                yield path, Print(told.st_ino, told.st_mtime_ns, told.st_size)

    def _key(self, path: Path, now: Print) -> str:
        inside = path.relative_to(self.folder)
        return readable(f"{self._source.id}|{inside}|{now.inode}|{now.changed}|{now.size}")


def _known_of(keys: list[str], work: Work) -> set[str]:
    return IntakeService(work).known_keys("folder", keys)


def _move(path: Path, folder: Path, item: UUID) -> None:
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    if target.exists():
        target = folder / f"{path.stem} {item}{path.suffix}"
    path.rename(target)


async def _content(path: Path) -> AsyncIterator[bytes]:
    handle = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb", buffering=0) as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
