"""A scanner that speaks ClamAV's protocol: a file goes there in pieces, one word comes back."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

_PIECE: Final = 64 * 1024
_LONGEST_WORD: Final = 4096


class Unscanned(Exception):
    """The scanner did not answer, or did not want to look."""


class Scanner:
    """Sends files to clamd.

    Args:
        url: `tcp://host:port` or `unix:///path`.
        timeout: seconds for a whole scan.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout

    async def scan(self, chunks: AsyncIterator[bytes]) -> str | None:
        """The name of what was found, or nothing.

        Raises:
            Unscanned: nobody knows.
        """
        try:
            async with asyncio.timeout(self._timeout):
                word = await self._exchange(chunks)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise Unscanned(f"The scanner does not answer ({str(error) or type(error).__name__}).") from None
        said = word.rstrip(b"\0\n").decode("utf-8", "replace").removeprefix("stream: ")
        if said == "OK":
            return None
        if said.endswith(" FOUND"):
            return said.removesuffix(" FOUND")
        raise Unscanned(f"The scanner says: {said[:200]}")

    async def _exchange(self, chunks: AsyncIterator[bytes]) -> bytes:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            with suppress(ConnectionError):  # one that has seen enough closes, and has said why
                async for chunk in chunks:
                    for at in range(0, len(chunk), _PIECE):
                        piece = chunk[at : at + _PIECE]
                        writer.write(struct.pack("!I", len(piece)) + piece)
                    await writer.drain()
                writer.write(struct.pack("!I", 0))
                await writer.drain()
            word = await reader.read(_LONGEST_WORD)
            if not word:
                raise ConnectionError("it hung up")
            return word
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self._url)
        if parts.scheme == "unix":
            return await asyncio.open_unix_connection(parts.path)
        return await asyncio.open_connection(parts.hostname, parts.port)
