"""What a bad file might make a library do, to be called in a child process."""

import os
import sys
import time
from pathlib import Path


def fork_and_answer(folder: str) -> int:
    """Leave a grandchild behind that would sleep for ever."""
    if (pid := os.fork()) == 0:
        time.sleep(3_600)
        os._exit(0)
    Path(folder, "grandchild").write_text(str(pid))
    return pid


def fork_and_hang(folder: str) -> None:
    fork_and_answer(folder)
    time.sleep(3_600)


def fork_hungrily(folder: str, megabytes: int) -> None:
    """Eat memory in a grandchild, where the child itself stays small."""
    if (pid := os.fork()) == 0:
        held = bytearray(megabytes * 1024 * 1024)
        for at in range(0, len(held), 4096):
            held[at] = 1
        time.sleep(3_600)
    Path(folder, "grandchild").write_text(str(pid))
    time.sleep(3_600)


def flood(gigabytes: int) -> str:
    """Write more than anybody would keep, on both streams."""
    line = b"x" * (1024 * 1024)
    for _ in range(gigabytes * 512):
        os.write(1, line)
        os.write(2, line)
    return "done"


def answer_hugely(megabytes: int) -> bytes:
    return b"x" * (megabytes * 1024 * 1024)


def note_order(path: str, name: str) -> None:
    with Path(path).open("a") as file:
        file.write(name + "\n")


def leave_quietly() -> None:
    sys.exit(0)


def leave_at_once() -> None:
    os._exit(7)


def write_hugely(path: str, megabytes: int) -> None:
    with Path(path).open("r+b") as file:
        file.writelines(b"x" * (1024 * 1024) for _ in range(megabytes))


def read(path: str) -> str:
    return Path(path).read_text()
