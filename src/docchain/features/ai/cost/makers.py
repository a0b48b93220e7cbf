"""Who makes a call or an answer: processes, named so that others can tell whether they are still there."""

import os
from functools import cache


@cache
def maker() -> str:
    """This process, as others can tell whether it is still there."""
    return f"{_host()}:{os.getpid()}:{_started(os.getpid())}"


def is_alive(named: str) -> bool:
    """Whether a process may still be at it; of other machines nobody knows, so they may."""
    host, _, process = named.partition(":")
    pid, _, started = process.partition(":")
    return host != _host() or _started(int(pid)) == started  # both empty where nothing tells


def _host() -> str:
    return os.uname().nodename


def _started(pid: int) -> str:
    """When a process started, in ticks; numbers of processes are used again."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as about:  # noqa: PTH123 - a few bytes of the kernel's
            return about.read().rpartition(")")[2].split()[19]
    except OSError:
        return ""
