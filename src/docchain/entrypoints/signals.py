"""How a process that runs for long is asked to stop: once in good order, twice at once; either way it says why it ends.

A crash of native code says where it happened; of being killed (SIGKILL, or out of memory) only the system tells.
"""

import asyncio
import faulthandler
import os
import signal
from typing import Final

import structlog

_KILLED: Final = 130
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_log = structlog.get_logger(__name__)


def stop_on_signals() -> asyncio.Event:
    """Set at the first SIGINT, SIGTERM or SIGHUP; the second one ends the process."""
    stop = asyncio.Event()

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            _log.warning("killed", reason=f"{number.name}, the second signal", hint="What was begun goes on next time.")
            os._exit(_KILLED)
        _log.info("stopping", reason=number.name)
        stop.set()

    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` wants it
            asyncio.get_running_loop().add_signal_handler(number, on_signal, number)
    if not faulthandler.is_enabled():
        faulthandler.enable()
    return stop
