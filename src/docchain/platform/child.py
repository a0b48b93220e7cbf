"""What runs inside a child process: import a function by name, call it, answer over a pipe, one call at a time."""

import errno
import importlib
import os
import pickle
import signal
import struct
import sys
from typing import Any, BinaryIO

HEADER = struct.Struct("!Q")


def serve(memory_bytes: int, file_bytes: int, parent: int) -> None:
    calls, answers = _take_pipes()
    _be_a_good_child(memory_bytes, file_bytes, parent)
    while (call := _read(calls)) is not None:
        answer = pickle.dumps(_answer(file_bytes, *call), protocol=pickle.HIGHEST_PROTOCOL)
        answers.write(HEADER.pack(len(answer)))
        answers.write(answer)
        answers.flush()
    os._exit(0)  # native libraries may crash an interpreter that winds down


def _answer(file_bytes: int, target: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    try:
        module, _, function = target.partition(":")
        result = getattr(importlib.import_module(module), function)(*args)
        pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return ("memory",)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the parent says so
        match getattr(error, "errno", None):
            case errno.EFBIG:
                return ("answer", file_bytes)
            case errno.ENOSPC | errno.EDQUOT:
                return ("full",)
        return ("failed", type(error).__name__, str(error), getattr(error, "code", None))
    return ("done", result)


def _read(calls: BinaryIO) -> Any:
    header = calls.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    return pickle.loads(calls.read(*HEADER.unpack(header)))  # noqa: S301 -- from our own parent


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes to ourselves: what a library prints goes to stderr, what it reads is empty."""
    calls, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return calls, answers


def _be_a_good_child(memory_bytes: int, file_bytes: int, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 -- Linux only
        import resource  # noqa: PLC0415 -- not on every platform

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (2 * memory_bytes, hard))
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:4]))
