"""A ZIP file that is sent while it is made: whatever its size, a few pieces of it are in memory."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

Entry = tuple[str, AsyncIterable[bytes]]


class _Outlet:
    """Takes what the archive writes, until it is sent; it cannot be gone back in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


async def zipped(entries: AsyncIterable[Entry]) -> AsyncIterator[bytes]:
    """The archive, piece by piece; text is compressed, and what comes as it was stored is not."""
    outlet = _Outlet()
    archive = ZipFile(outlet, "w")
    async for name, chunks in entries:
        about = ZipInfo(name)
        about.compress_type = ZIP_DEFLATED if name.endswith((".json", ".ndjson")) else ZIP_STORED
        with archive.open(about, "w", force_zip64=True) as entry:
            async for chunk in chunks:
                await asyncio.to_thread(entry.write, chunk)
                if piece := outlet.taken():
                    yield piece
        if piece := outlet.taken():
            yield piece
    archive.close()
    yield outlet.taken()
