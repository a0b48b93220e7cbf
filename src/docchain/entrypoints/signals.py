"""How a process that runs for long is asked to stop: once in good order, twice at once."""

import asyncio
import os
import signal
from typing import Final

_KILLED: Final = 130


def stop_on_signals() -> asyncio.Event:
    """Set at the first SIGINT or SIGTERM; the second one ends the process."""
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(_KILLED)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return stop
