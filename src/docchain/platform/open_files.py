"""How many files and sockets a process may have open: as many as the system lets it, for every socket is one."""

import resource
from contextlib import suppress


def allow_many() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):  # some systems name a limit that they do not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
