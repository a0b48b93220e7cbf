"""Moves everything that is stored to another store: copied as it is, read back there, compared; goes on where it was.

The store that is left keeps what it has: whoever moved decides when to delete it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from docchain.features.documents.storage.repository import StorageRepository
from docchain.features.documents.storage.schemas import StorageMove
from docchain.features.documents.tables import StorageMoveRow
from docchain.platform.blobs import INCOMING
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.storage.checking import check
from docchain.platform.storage.damage import BlobDamaged
from docchain.platform.storage.keyring import KEYS
from docchain.platform.storage.layout import SUFFIX
from docchain.platform.storage.shelf import Item
from docchain.platform.storage.store import BlobStore
from docchain.platform.work import SYSTEM, Work

_AT_ONCE: Final = 8
_OURS: Final = (INCOMING, "dropped")
_PROBLEMS: Final = 1_000
Progress = Callable[[StorageMove], None]


@dataclass(frozen=True, slots=True)
class Ends:
    """From where to where, and what they are called without their credentials."""

    source: BlobStore
    target: BlobStore
    source_name: str
    target_name: str


class Mover:
    """One move at a time; another one with the same ends goes on with it."""

    def __init__(self, database: Database, ends: Ends, progress: Progress = lambda _move: None) -> None:
        self._database = database
        self._ends = ends
        self._progress = progress

    async def move(self) -> StorageMove:
        """Copy until a look finds nothing new, so that what is stored meanwhile comes along, too."""
        move = await self._begin()
        there = {item.name: item.size async for item in self._ends.target.shelf.items("")}
        while await self._pass(move, there):
            move.place = ""
        move.status = "failed" if move.problems else "done"
        await self._keep(move, ended=True)
        return self._told(move)

    async def _pass(self, move: StorageMoveRow, there: dict[str, int]) -> int:
        copied = 0
        async for batch in _batches(_everything(self._ends.source)):
            if fresh := [item for item in batch if self._is_new(item, move, there)]:
                problems = await asyncio.gather(*(self._carry(item, there) for item in fresh))
                move.problems = [*move.problems, *filter(None, problems)][:_PROBLEMS]
                copied += len(fresh)
                move.objects += len(fresh)
                move.bytes += sum(item.size for item in fresh)
                move.place = batch[-1].name
                there |= {item.name: -1 for item in fresh}  # compared in this move
                await self._keep(move)
        return copied

    def _is_new(self, item: Item, move: StorageMoveRow, there: dict[str, int]) -> bool:
        """What is there and was compared already needs no second look."""
        size = there.get(item.name)
        return size != -1 and not (size == item.size and item.name <= move.place and not item.name.startswith(KEYS))

    async def _carry(self, item: Item, there: dict[str, int]) -> str:
        """Copy unless it is there, then read it back; what is wrong, if anything is."""
        source, target = self._ends.source.shelf, self._ends.target.shelf
        try:
            if there.get(item.name) != item.size:
                await self._copy(item)
            if item.name.startswith(KEYS):
                ours, theirs = await source.part(item.name, 0, item.size), await target.part(item.name, 0, item.size)
                return "" if ours == theirs else f"{item.name}: it is another one there"
            sound = await self._is_sound(item.name)
        except FileNotFoundError as error:
            collected = await source.size(item.name) is None
            return "" if collected else f"{item.name}: {error}"
        except OSError as error:
            return f"{item.name}: {error}"
        except BlobDamaged as damaged:
            return f"{item.name}: {damaged.part}"
        except ValueError:
            return f"{item.name}: this is not a name of ours"
        return "" if sound else f"{item.name}: it is missing there"

    async def _copy(self, item: Item) -> None:
        arrival = self._ends.target.shelf.arrive()
        try:
            async for block in self._ends.source.shelf.read(item.name, 0, item.size):
                await arrival.write(block)
            await arrival.keep(item.name, partial(self._is_damaged, item.name))
        finally:
            await arrival.discard()

    async def _is_sound(self, name: str) -> bool:
        workspace, _, last = name.split("/")
        return await check(self._ends.target, UUID(workspace), last.removesuffix(SUFFIX))

    async def _is_damaged(self, name: str) -> bool:
        """Keys are never replaced: what is there already may be sealed with them."""
        try:
            return not name.startswith(KEYS) and not await self._is_sound(name)
        except BlobDamaged:
            return True

    async def _begin(self) -> StorageMoveRow:
        objects, size = 0, 0
        async for item in _everything(self._ends.source):
            objects, size = objects + 1, size + item.size

        def begin(work: Work) -> StorageMoveRow:
            moves = StorageRepository(work)
            row = moves.unfinished(self._ends.source_name, self._ends.target_name)
            if row is None:
                row = StorageMoveRow(
                    id=new_id(),
                    source=self._ends.source_name,
                    target=self._ends.target_name,
                    status="copying",
                    place="",
                    objects=0,
                    bytes=0,
                    problems=[],
                    started_at=work.now,
                )
            row.total_objects, row.total_bytes, row.moved_at = objects, size, work.now
            moves.add_move(row)
            work.session.expunge(row)
            return row

        move = await self._database.write(begin, SYSTEM)
        self._progress(self._told(move))
        return move

    async def _keep(self, move: StorageMoveRow, *, ended: bool = False) -> None:
        names = ("status", "place", "objects", "bytes", "problems")
        values: dict[str, Any] = {name: getattr(move, name) for name in names}

        def keep(work: Work) -> None:
            row = StorageRepository(work).move(move.id)
            for name, value in values.items():
                setattr(row, name, value)
            row.moved_at = move.moved_at = work.now  # type: ignore[union-attr]  # rows of moves are never removed
            if ended and row is not None:
                row.ended_at = move.ended_at = work.now
                work.emit("storage.moved", "storage", None, {"target": move.target, "status": move.status})

        await self._database.write(keep, SYSTEM)
        self._progress(self._told(move))

    def _told(self, move: StorageMoveRow) -> StorageMove:
        return StorageMove.model_validate(move)


async def _everything(blobs: BlobStore) -> AsyncIterator[Item]:
    """Keys first: without them nothing that comes after could be read there."""
    async for item in blobs.shelf.items(KEYS):
        yield item
    async for item in blobs.shelf.items(""):
        if not item.name.startswith((KEYS, *_OURS)):
            yield item


async def _batches(items: AsyncIterator[Item]) -> AsyncIterator[list[Item]]:
    batch: list[Item] = []
    keys = True
    async for item in items:
        if batch and (len(batch) == _AT_ONCE or keys != item.name.startswith(KEYS)):
            yield batch
            batch = []
        keys = item.name.startswith(KEYS)
        batch.append(item)
    if batch:
        yield batch
