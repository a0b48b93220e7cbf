"""Work in a thread that nobody undoes or repeats while it goes on: who is cancelled waits for its end first."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def to_its_end(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call it in a thread, for what is short: a cancelled caller goes on only when the thread has ended.

    `asyncio.to_thread` lets the caller go at once: its files are closed, its locks are free and its clean-up has run
    while the thread still works on all of them.
    """
    working = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([working])
        if not working.cancelled():
            working.exception()  # nobody asks for it any more
        raise
