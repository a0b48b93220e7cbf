"""Resumable uploads: one writer at a time for each; who comes later takes over; a whole one becomes a document."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

from docchain.features.documents.intake.arrivals import Arrival
from docchain.features.documents.intake.errors import (
    BadTus,
    ChecksumMismatch,
    FileRefused,
    OffsetConflict,
    TakenOver,
    UploadGone,
)
from docchain.features.documents.intake.house import Intake
from docchain.features.documents.intake.schemas import IntakeItem, TusUpload
from docchain.features.documents.intake.service import IntakeService
from docchain.features.documents.intake.tables import TusUploadRow
from docchain.features.documents.intake.tus_files import TusFiles
from docchain.features.documents.intake.tus_service import TusService
from docchain.platform.blobs import check_size
from docchain.platform.spool import pour
from docchain.platform.threads import to_its_end
from docchain.platform.work import SYSTEM, Actor, Work

T = TypeVar("T")
Write = Callable[[Callable[[Work], TusUpload]], Awaitable[TusUpload]]
ALGORITHMS: Final = ("sha1", "sha256", "md5")
_SHOWN: Final = 2_000


class TusUploads:
    """Resumable uploads of this process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._own = intake.settings.intake
        self.files = TusFiles(intake.settings.storage.data_dir.resolve() / "tus")
        self._busy: dict[UUID, asyncio.Task[Any]] = {}
        self._finishing: set[UUID] = set()
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def create(self, write: Write, metadata: str, length: int | None) -> tuple[TusUpload, bool]:
        """Begin an upload; tell also whether it is new, for a request may come twice.

        Args:
            write: runs a transaction, once for each key of a request.
            metadata: as the protocol writes it.
            length: bytes of the whole, if that is known.
        """
        told = read_metadata(metadata)
        about = {
            "name": (told.get("filename") or told.get("name") or "")[:_SHOWN],
            "media_type": told.get("filetype") or told.get("type"),
            "info": metadata,
        }
        own = self._own
        made = await write(lambda work: TusService(work).create(about, length, own.tus_hours, own.tus_unfinished))
        try:
            await to_its_end(self.files.create, made.id)
        except FileExistsError:
            return made, False
        return made, True

    async def unfinished(self, actor: Actor) -> list[TusUpload]:
        """One's own uploads that are under way; nobody who sends is disturbed."""
        found = await self._intake.database.read(lambda work: TusService(work).unfinished(), actor)
        sizes = await asyncio.to_thread(self.files.sizes, [shown.id for shown in found])
        for shown in found:
            shown.offset = sizes.get(shown.id, 0)
        return found

    async def look(self, actor: Actor, upload: UUID) -> tuple[TusUpload, TusUploadRow]:
        """How far it has come; who still writes there has lost its connection, or has no business doing so."""
        shown, row = await self._intake.database.read(lambda work: TusService(work).show(upload), actor)
        if row.item_id is not None:
            shown.offset = row.length or 0
            return shown, row
        await self._take_over(upload)
        shown.offset = await self._offset(upload)
        if shown.offset == row.length:
            with suppress(FileRefused):
                shown.intake = await self._alone(upload, self._finish(actor, row))
        return shown, row

    async def append(
        self, actor: Actor, upload: UUID, offset: int, chunks: AsyncIterable[bytes], more: dict[str, Any]
    ) -> tuple[int, IntakeItem | None]:
        """Write a piece; return how far it is then, and what became of it if that is all.

        Args:
            actor: whose upload it is.
            upload: which.
            offset: where the piece begins.
            chunks: the piece.
            more: its `checksum`, and the `length` of the whole if that was not known before.
        """
        row = await self._intake.database.read(lambda work: TusService(work).find(upload), actor)
        await self._take_over(upload)
        return await self._alone(upload, self._append(actor, row, offset, chunks, more))

    async def drop(self, actor: Actor, upload: UUID) -> None:
        await self._intake.database.write(lambda work: TusService(work).drop(upload), actor)
        await self._take_over(upload)
        await to_its_end(self.files.remove, upload)

    async def sweep(self) -> None:
        """Remove what is over, and files that nothing needs."""
        database = self._intake.database
        await database.write(lambda work: TusService(work).drop_expired(), SYSTEM)
        left = await asyncio.to_thread(self.files.left)
        needed = await database.read(lambda work: TusService(work).known(left), SYSTEM)
        for upload in set(left) - needed - self._busy.keys():
            await to_its_end(self.files.remove, upload)

    async def _append(
        self, actor: Actor, row: TusUploadRow, offset: int, chunks: AsyncIterable[bytes], more: dict[str, Any]
    ) -> tuple[int, IntakeItem | None]:
        present = await self._offset(row.id)
        if offset != present:
            raise OffsetConflict(f"It has {present:,} bytes, not {offset:,}.", hint="Ask with HEAD where to go on.")
        length = row.length if row.length is not None else more.get("length")
        most = self._intake.settings.limits.max_upload_bytes if length is None else length
        algorithm, wanted = more.get("checksum") or ("", b"")
        digest = hashlib.new(algorithm, usedforsecurity=False) if algorithm else None
        try:
            present = await self.files.append(row.id, _within(chunks, most - present), digest)
        except BlockingIOError:
            raise TakenOver("Another server is at this upload.", hint="Ask with HEAD where it is.") from None
        finally:
            if digest is not None and digest.digest() == wanted:
                self.files.verified(row.id)
        if digest is not None and digest.digest() != wanted:
            await to_its_end(self.files.offset, row.id)
            raise ChecksumMismatch("What came is not what was sent.", hint="Send the piece again.")
        hours = self._own.tus_hours
        await self._intake.database.write(lambda work: TusService(work).grew(row.id, hours, length), actor)
        row.length = length
        return present, await self._finish(actor, row) if present == length else None

    async def _finish(self, actor: Actor, row: TusUploadRow) -> IntakeItem:
        """All of it is there: it is looked at, and becomes a document in the transaction that notes so."""
        self._finishing.add(row.id)
        try:
            return await self._finished(actor, row)
        finally:
            self._finishing.discard(row.id)

    async def _finished(self, actor: Actor, row: TusUploadRow) -> IntakeItem:
        arrival = Arrival("tus", str(row.id), row.name, row.media_type)
        database = self._intake.database
        try:
            received = await self._intake.receive(actor, arrival, pour(self.files.path(row.id)))
        except FileRefused:
            await database.write(lambda work: _noted(work, row.id), actor)
            await to_its_end(self.files.remove, row.id)
            raise

        def keep(work: Work) -> IntakeItem:
            IntakeService(work).accept(received)
            return _noted(work, row.id)

        item = await database.write(keep, actor)
        await to_its_end(self.files.remove, row.id)
        return item

    async def _offset(self, upload: UUID) -> int:
        try:
            return await to_its_end(self.files.offset, upload)
        except FileNotFoundError:
            raise UploadGone(
                "Its bytes are not on this server.", hint="Send it to the server that it was begun on, or begin anew."
            ) from None

    async def _alone(self, upload: UUID, work: Coroutine[Any, Any, T]) -> T:
        lock = self._locks.setdefault(upload, asyncio.Lock())
        async with lock:
            task = asyncio.ensure_future(work)
            self._busy[upload] = task
            try:
                await asyncio.wait([task])
            finally:
                task.cancel()
                del self._busy[upload]
        if task.cancelled():
            raise TakenOver("Another request goes on with this upload.", hint="Ask with HEAD where it is.")
        return task.result()

    async def _take_over(self, upload: UUID) -> None:
        """Whoever still sends has lost the connection; what is being made a document is waited for."""
        task = self._busy.get(upload)
        if task is not None:
            if upload not in self._finishing:
                task.cancel()
            await asyncio.wait([task])


def read_metadata(text: str) -> dict[str, str]:
    """Names and values of `Upload-Metadata`.

    Raises:
        BadTus: it is not written as the protocol says.
    """
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, coded = pair.partition(" ")
        try:
            found[name] = base64.b64decode(coded.strip(), validate=True).decode()
        except ValueError:
            raise BadTus(f"Upload-Metadata: the value of {name[:60]!r} is no text in Base64.") from None
    return found


def read_checksum(text: str) -> tuple[str, bytes]:
    """The algorithm and the value of `Upload-Checksum`."""
    algorithm, _, coded = text.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise BadTus(f"Upload-Checksum: {algorithm[:40]!r} is not known.", hint=f"Use one of {', '.join(ALGORITHMS)}.")
    try:
        return algorithm, base64.b64decode(coded, validate=True)
    except ValueError:
        raise BadTus("Upload-Checksum: the value is not in Base64.") from None


async def _within(chunks: AsyncIterable[bytes], room: int) -> AsyncIterable[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        check_size(size, room)
        yield chunk


def _noted(work: Work, upload: UUID) -> IntakeItem:
    item = IntakeService(work).known("tus", str(upload))
    assert item is not None  # noqa: S101 - it was accepted or refused just now, or before
    TusService(work).finish(upload, item)
    return item
