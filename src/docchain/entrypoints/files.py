"""Files of this machine as streams, read off the event loop."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 1024 * 1024


async def read_chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
