"""A shelf in an object store (S3, Google Cloud, Azure, memory): small things at once, large ones in parts."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore

from docchain.platform.blobs import CHUNK, INCOMING
from docchain.platform.ids import new_id
from docchain.platform.storage.damage import StoreAway
from docchain.platform.storage.shelf import Broken, Item

AT_ONCE: Final = 8 * 1024 * 1024
"""Up to here bytes wait in memory, and are sent with their name."""
_COPIED: Final = 4 * 1024**3
"""Larger ones are read and written again: no store copies more than 5 GiB by itself."""
_BLOCK = 4 * CHUNK
NO_BUCKET: Final = "it has no such bucket, or no such container."
_NO_BUCKET: Final = ("NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist")
_TRUSTED: Final = 10.0
"""Seconds for which a bucket that was there is taken to be there."""


@contextlib.contextmanager
def reaching() -> Iterator[None]:
    """Say of a store that is away, refuses us or is not there that it cannot be used."""
    try:
        yield
    except AlreadyExistsError:
        raise
    except BaseError as error:
        told = str(error)
        gone = any(word in told for word in _NO_BUCKET)
        raise StoreAway(NO_BUCKET if gone else told.partition("\n")[0]) from error


class ObjectShelf:
    """Keeps bytes in an object store of any provider that obstore speaks to."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._seen = -_TRUSTED

    def arrive(self) -> "ObjectArrival":
        return ObjectArrival(self._store)

    async def size(self, name: str) -> int | None:
        try:
            with reaching():
                return int((await obstore.head_async(self._store, name))["size"])
        except FileNotFoundError:
            await self._look_around()
            return None

    async def part(self, name: str, start: int, end: int) -> bytes:
        if start >= end:
            return b""
        with reaching():
            return bytes(await obstore.get_range_async(self._store, name, start=start, end=end))

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        if start >= end:
            return
        with reaching():
            found = await obstore.get_async(self._store, name, options={"range": (start, end)})
            async for block in found.stream(min_chunk_size=_BLOCK):
                yield bytes(block)

    async def create(self, name: str, data: bytes) -> bool:
        try:
            with reaching():
                await obstore.put_async(self._store, name, data, mode="create")
        except AlreadyExistsError:
            return False
        return True

    async def replace(self, name: str, data: bytes) -> None:
        with reaching():
            await obstore.put_async(self._store, name, data)

    async def items(self, prefix: str, after: str = "") -> AsyncIterator[Item]:
        listed = obstore.list(self._store, prefix, offset=after or None)
        try:
            with reaching():
                async for page in listed:
                    for told in sorted(page, key=lambda told: str(told["path"])):
                        yield Item(told["path"], told["size"], told["last_modified"])
        except FileNotFoundError:
            raise StoreAway(NO_BUCKET) from None

    async def drop(self, name: str, unchanged_since: datetime) -> bool:
        try:
            with reaching():
                if (await obstore.head_async(self._store, name))["last_modified"] > unchanged_since:
                    return False
                await obstore.delete_async(self._store, name)
        except FileNotFoundError:
            return False
        return True

    async def _look_around(self) -> None:
        """Stores answer alike for an object and for a bucket that is not there: a list tells them apart."""
        if monotonic() - self._seen >= _TRUSTED:
            async for _ in self.items(INCOMING):
                break
            self._seen = monotonic()

    async def sign(self, name: str, lasts: timedelta) -> str | None:
        try:
            store: Any = self._store
            signed: str = await obstore.sign_async(store, "GET", name, lasts)
        except (TypeError, ValueError, BaseError):  # a store without signatures, or without a key to sign with
            return None
        return signed

    async def drop_abandoned(self, before: datetime) -> int:
        dropped = 0
        async for item in self.items(INCOMING):
            dropped += item.modified < before and await self.drop(item.name, before)
        return dropped


class ObjectArrival:
    """Bytes that wait in memory, and are sent in parts under a passing name when they are many."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._passing = f"{INCOMING}/{new_id()}"
        self._waiting = bytearray()
        self._size = 0
        self._writer: Any = None
        self._left = False

    async def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._writer is None:
            self._waiting += data
            if len(self._waiting) < AT_ONCE:
                return
            self._left = True
            self._writer = obstore.open_writer_async(self._store, self._passing)
            data = bytes(self._waiting)
            self._waiting.clear()
        with reaching():
            await self._writer.write(data)

    async def keep(self, name: str, is_broken: Broken) -> None:  # noqa: ARG002 - it always replaces
        with reaching():
            if self._writer is None:
                await obstore.put_async(self._store, name, bytes(self._waiting))
                return
            writer, self._writer = self._writer, None
            await writer.close()
            if self._size <= _COPIED:
                await obstore.copy_async(self._store, self._passing, name)
            else:
                await self._write_again(name)
            await self.discard()

    async def discard(self) -> None:
        if self._writer is not None:
            with contextlib.suppress(Exception):  # whatever went wrong, it is told already
                await self._writer.close()
            self._writer = None
        if self._left:
            with contextlib.suppress(FileNotFoundError):
                await obstore.delete_async(self._store, self._passing)
            self._left = False

    async def _write_again(self, name: str) -> None:
        found = await obstore.get_async(self._store, self._passing)
        async with obstore.open_writer_async(self._store, name) as writer:
            async for block in found.stream(min_chunk_size=AT_ONCE):
                await writer.write(bytes(block))
