"""One of several things that lie one behind the other in a file."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 256 * 1024


async def slice_of(path: Path, start: int, size: int = sys.maxsize) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        file.seek(start)
        while size and (chunk := await asyncio.to_thread(file.read, min(size, _CHUNK))):
            size -= len(chunk)
            yield chunk
