"""What other processes tell by NOTIFY, heard on a connection of its own; after each reconnection it rings, too."""

import asyncio
from collections.abc import Callable
from typing import Final

import asyncpg
from sqlalchemy.engine import URL

from docchain.platform.postgres import dsn_of

_CONNECT_SECONDS: Final = 5.0
_FAILURES: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_AGAIN_SECONDS: Final = 1.0


async def listen(url: URL, channel: str, ring: Callable[[], None]) -> None:
    """Call `ring` whenever somebody notifies the channel, until cancelled."""
    while True:
        try:
            connection = await asyncpg.connect(dsn_of(url), timeout=_CONNECT_SECONDS)
        except _FAILURES:
            await asyncio.sleep(_AGAIN_SECONDS)
            continue
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _, lost=lost: lost.set())
        try:
            await connection.add_listener(channel, lambda *_: ring())
            ring()
            await lost.wait()
        except _FAILURES:
            pass
        finally:
            connection.terminate()
        await asyncio.sleep(_AGAIN_SECONDS)
