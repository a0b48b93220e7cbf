"""Blobs over a shelf: sealed as they come in, opened as they go out, whatever settings they were stored under."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Final, TypeVar
from uuid import UUID

from docchain.platform.blobs import BlobLost, BlobMissing, Stored, check_size, name_of, one
from docchain.platform.storage.ciphers import AES_256_GCM
from docchain.platform.storage.damage import RESTORE, BlobDamaged
from docchain.platform.storage.keyring import KEYS, Keyring
from docchain.platform.storage.layout import CHUNK, FOOTER, HEADER, SUFFIX, Unreadable, index_length
from docchain.platform.storage.sealing import Opened, PlainSealer, Sealer, read_header
from docchain.platform.storage.shelf import Arrival, Shelf

T = TypeVar("T")
_BATCH: Final = 2 * CHUNK
_AT_ONCE: Final = 8
"""Chunks opened at a time: what compresses well has thousands of them in one block of the shelf."""
_TAIL: Final = 64 * 1024


class BlobStore:
    """What every feature knows as its blobs.

    Args:
        shelf: where bytes are kept.
        keyring: the keys of workspaces; without one, nothing is encrypted and nothing encrypted can be read.
        encrypts: whether new blobs are.
        codec: how new ones are compressed, unless their workspace has a choice of its own.
        threads: how many blobs are sealed or opened at the same moment.
    """

    def __init__(
        self,
        shelf: Shelf,
        keyring: Keyring | None = None,
        *,
        encrypts: bool = False,
        codec: str = "none",
        threads: int = 2,
    ) -> None:
        self.shelf = shelf
        self.keyring = keyring
        self.encrypts = encrypts
        self.codec = codec
        self._threads = threads
        self.codec_of: Callable[[UUID], Awaitable[str | None]] | None = None

    async def put_stream(self, workspace_id: UUID, chunks: AsyncIterable[bytes], limit: int | None = None) -> Stored:
        """Store what comes, at flat memory; more than `limit` bytes are refused and leave nothing behind."""
        sealer = await self._sealer(workspace_id)
        arrival = self.shelf.arrive()
        under_way: asyncio.Task[None] | None = None  # the batch before is sealed and written while the next one comes
        try:
            seen = 0
            async for batch in _batches(chunks):
                seen += len(batch)
                check_size(seen, limit)
                if under_way is not None:
                    await asyncio.shield(under_way)  # no thread writes any more when its file is closed
                under_way = asyncio.create_task(self._write(arrival, sealer.take, batch))
            if under_way is not None:
                await asyncio.shield(under_way)
            await self._write(arrival, sealer.finish)
            await self._keep(arrival, workspace_id, sealer)
        finally:
            if under_way is not None:
                await asyncio.gather(under_way, return_exceptions=True)
            await arrival.discard()
        return sealer.stored

    async def put(self, workspace_id: UUID, data: bytes) -> Stored:
        return await self.put_stream(workspace_id, one(data))

    async def open(
        self, workspace_id: UUID, sha256: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Read from `start` up to, not including, `end`.

        Raises:
            BlobDamaged: when what is read is not what was stored, before any byte of the damaged chunk.
        """
        name = name_of(workspace_id, sha256)
        size = await self.shelf.size(name + SUFFIX)
        if size is None:
            async for piece in self._plain(workspace_id, sha256, start, end):
                yield piece
            return
        at, tried_at = start, -1
        while True:
            try:
                opened = await self.look(workspace_id, sha256, size)
                async for piece in self._sealed(name + SUFFIX, opened, at, end):
                    yield piece
                    at += len(piece)
            except BlobDamaged:  # or stored again while it was read: then it goes on with that
                size = await self.shelf.size(name + SUFFIX)
                if at == tried_at or size is None:
                    raise
                tried_at = at
            else:
                return

    async def get(self, workspace_id: UUID, sha256: str) -> bytes:
        return b"".join([chunk async for chunk in self.open(workspace_id, sha256)])

    async def exists(self, workspace_id: UUID, sha256: str) -> bool:
        return await self.stored_as(workspace_id, sha256) is not None

    async def stored_as(self, workspace_id: UUID, sha256: str) -> tuple[str, int] | None:
        """The name on the shelf, and the stored size."""
        name = name_of(workspace_id, sha256)
        for suffix in (SUFFIX, ""):
            size = await self.shelf.size(name + suffix)
            if size is not None:
                return name + suffix, size
        return None

    async def look(self, workspace_id: UUID, sha256: str, size: int) -> Opened:
        """Read what a sealed blob says of itself: its header, and its index from the end."""
        name = name_of(workspace_id, sha256) + SUFFIX
        if size < HEADER + FOOTER:
            raise BlobDamaged(workspace_id, sha256, "its end is missing")
        begins = max(0, size - _TAIL)
        head, tail = await asyncio.gather(self.shelf.part(name, 0, HEADER), self.shelf.part(name, begins, size))
        header = read_header(workspace_id, sha256, head)
        key = None
        if header.cipher == AES_256_GCM and self.keyring is not None:
            key = await self.keyring.numbered(workspace_id, header.key_number)
        opened = Opened(workspace_id, sha256, header, key)
        try:
            length = index_length(tail[-FOOTER:], size)
        except Unreadable as error:
            raise BlobDamaged(workspace_id, sha256, str(error)) from None
        at = size - FOOTER - length
        index = tail[at - begins : -FOOTER] if at >= begins else await self.shelf.part(name, at, size - FOOTER)
        opened.take_index(index, at - HEADER)
        return opened

    async def look_around(self) -> None:
        """Raises what keeps the store from being used, if anything does."""
        async for _ in self.shelf.items(KEYS):
            break

    async def _keep(self, arrival: Arrival, workspace_id: UUID, sealer: PlainSealer) -> None:
        sha256 = sealer.stored.sha256
        name, is_broken = name_of(workspace_id, sha256), partial(self._is_broken, workspace_id, sha256)
        await arrival.keep(name + sealer.suffix, is_broken)
        if not sealer.suffix and await self.shelf.size(name + SUFFIX) is not None and await is_broken():
            await self.shelf.drop(name + SUFFIX, datetime.now(UTC))  # a sealed one is read first

    async def _is_broken(self, workspace_id: UUID, sha256: str) -> bool:
        """Whether there is such a blob that cannot be read: who brings its bytes again heals it."""
        try:
            async for _ in self.open(workspace_id, sha256):
                pass
        except BlobMissing:
            return False
        except BlobLost:
            return True
        return False

    async def _write(self, arrival: Arrival, seal: Callable[..., bytes], *batch: bytes) -> None:
        if sealed := await self.on_thread(seal, *batch):
            await arrival.write(sealed)

    async def _sealer(self, workspace_id: UUID) -> PlainSealer:
        codec = (await self.codec_of(workspace_id) if self.codec_of else None) or self.codec
        key = await self.keyring.present(workspace_id) if self.keyring is not None and self.encrypts else None
        return PlainSealer() if key is None and codec == "none" else Sealer(workspace_id, codec, key)

    async def _sealed(self, name: str, opened: Opened, start: int, end: int | None) -> AsyncIterator[bytes]:
        stop = opened.index.size if end is None else min(end, opened.index.size)
        if start >= stop:
            return
        chunks = opened.chunks_of(start, stop)
        position = chunks.start * CHUNK
        lengths = opened.index.lengths[chunks.start : chunks.stop]
        number = chunks.start
        async for sealed in _cut(self.shelf.read(name, *opened.place_of(chunks)), lengths):
            for first in range(0, len(sealed), _AT_ONCE):
                some = sealed[first : first + _AT_ONCE]
                numbers = range(number, number + len(some))
                for piece in await self.on_thread(opened.open, numbers, some):
                    yield piece[max(0, start - position) : stop - position]
                    position += len(piece)
                number = numbers.stop
        if number != chunks.stop:
            raise opened.damaged("chunks are missing")

    async def _plain(self, workspace_id: UUID, sha256: str, start: int, end: int | None) -> AsyncIterator[bytes]:
        """As earlier releases stored them; whole ones are compared with their name."""
        name = name_of(workspace_id, sha256)
        size = await self.shelf.size(name)
        if size is None:
            raise BlobMissing(f"The content {sha256[:12]}… is lost: nothing is stored under its name.", hint=RESTORE)
        stop = size if end is None else min(end, size)
        digest = hashlib.sha256()
        async for block in self.shelf.read(name, start, stop):
            if stop - start == size:
                await self.on_thread(digest.update, block)
            yield block
        if stop - start == size and digest.hexdigest() != sha256:
            raise BlobDamaged(workspace_id, sha256, "it was changed; it was stored plain, so nobody knows where")

    async def on_thread(self, function: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="storage")


async def _batches(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces worth a change of threads."""
    waiting: list[bytes] = []
    size = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= _BATCH:
            yield b"".join(waiting)
            waiting.clear()
            size = 0
    if size:
        yield b"".join(waiting)


async def _cut(blocks: AsyncIterator[bytes], lengths: tuple[int, ...]) -> AsyncIterator[list[bytes]]:
    """Sealed chunks, as many at a time as have come."""
    buffer = bytearray()
    number = 0
    async for block in blocks:
        buffer += block
        ready: list[bytes] = []
        at = 0
        while number < len(lengths) and len(buffer) - at >= lengths[number]:
            ready.append(bytes(buffer[at : at + lengths[number]]))
            at += lengths[number]
            number += 1
        del buffer[:at]
        if ready:
            yield ready
