"""Says which page a process is at, and ends the process if that page takes too long: nothing else stops native code."""

import signal
from types import TracebackType
from typing import BinaryIO, Final, Self

MARK: Final = b"reading "


class PageWatch:
    """Watches over the pages of one file.

    Args:
        told: a file that says which page is being read, for whoever finds the process ended.
        seconds: what a page may take; 0 is no limit.
    """

    def __init__(self, told: BinaryIO | None = None, seconds: float = 0) -> None:
        self._told = told
        self._seconds = seconds

    def begins(self, number: int) -> None:
        if self._told is not None:
            self._told.seek(0)
            self._told.write(MARK + str(number).encode())
            self._told.flush()
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if self._told is not None:
            self._told.seek(0)
            self._told.truncate()


def page_begun(told: bytes) -> int | None:
    """The page that a process was at when it ended, if it was at one."""
    number = told.removeprefix(MARK)
    return int(number) if told.startswith(MARK) and number.isdigit() else None
