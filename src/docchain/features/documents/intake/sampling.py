"""A stream that is looked at while it passes: its beginning before anybody else, its end when it is over."""

from collections.abc import AsyncIterable, AsyncIterator

from docchain.features.documents.intake.ends import TAIL
from docchain.features.documents.intake.signatures import HEAD


class Sampled:
    """A stream of bytes; `head` is known after `begin`, `tail` and `size` after its end."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = aiter(chunks)
        self._waiting: list[bytes] = []
        self.head = b""
        self.tail = b""
        self.size = 0

    async def begin(self) -> bytes:
        """Read as much as tells what it is."""
        read = 0
        while read < HEAD:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                break
            self._waiting.append(chunk)
            read += len(chunk)
        self.head = b"".join(self._waiting)[:HEAD]
        return self.head

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._waiting:
            yield self._seen(chunk)
        self._waiting = []
        async for chunk in self._chunks:
            yield self._seen(chunk)

    def _seen(self, chunk: bytes) -> bytes:
        self.size += len(chunk)
        self.tail = chunk[-TAIL:] if len(chunk) >= TAIL else (self.tail + chunk)[-TAIL:]
        return chunk
