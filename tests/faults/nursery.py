"""The nursery: it imports the product once, and every process under test is a fork of it, which is born fast.

Reads a line of JSON (arguments, folder, log) for each birth, and answers with the process id.
"""

import asyncio
import importlib
import json
import os
import signal
import sys
from typing import Any

READY = ("docchain.bootstrap", "docchain.entrypoints.web.server", "docchain.entrypoints.cli.main", "asyncpg", "uvloop")


def main() -> None:
    for name in READY:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever dies is gone at once
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _tell_what_it_does(*_: object) -> None:
    """For the log, when the suite waited in vain."""
    for task in asyncio.all_tasks():
        task.print_stack(limit=4)


def _become(order: dict[str, Any]) -> None:
    """The command line, in a session of its own."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGUSR1, _tell_what_it_does)
    os.chdir(order["folder"])
    for name in [name for name in os.environ if name.startswith("DOCCHAIN_")]:
        del os.environ[name]
    os.environ.update(order["environment"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream, to in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
        os.dup2(to, stream)
    sys.argv = ["docchain", *order["arguments"]]
    from docchain.entrypoints.cli.main import main as run  # noqa: PLC0415 - imported long ago

    try:
        run()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
