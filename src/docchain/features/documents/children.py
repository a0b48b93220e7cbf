"""Functions of ours in child processes, with what goes wrong there as a step's failure and its class."""

from collections.abc import AsyncIterable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepError
from docchain.platform.full_disk import is_disk_full
from docchain.platform.processes import (
    ChildAnswer,
    ChildBusy,
    ChildCrashed,
    ChildDiskFull,
    ChildError,
    ChildFailed,
    ChildMemory,
    ChildTimeout,
    ProcessPool,
)
from docchain.platform.spool import fill

_REFUSALS: Final = frozenset({"Unreadable", "Unrenderable", "TemplateFault"})
_FAILURES: Final = {
    ChildTimeout: (FailureClass.TIMEOUT, "Raise DOCCHAIN_PROCESS_TIMEOUT, or split the document."),
    ChildMemory: (FailureClass.RESOURCE, "Raise DOCCHAIN_PROCESS_MEMORY_MB, or split the document."),
    ChildAnswer: (FailureClass.RESOURCE, "Raise DOCCHAIN_PROCESS_ANSWER_MB, or split the document."),
    ChildDiskFull: (FailureClass.RESOURCE, "Make room on the disk that holds DOCCHAIN_DATA_DIR."),
    ChildBusy: (FailureClass.UNAVAILABLE, "Raise DOCCHAIN_WORKERS, or let the step be tried again later."),
    ChildCrashed: (FailureClass.UNAVAILABLE, "If it happens again with this document, export it anew."),
}
_STOPPED: Final = (ChildTimeout, ChildMemory, ChildCrashed)


class ChildStopped(StepError):
    """The call ended its process: by its time, its memory, or a crash."""


class NoRoom(StepError):
    """The disk is full, which says nothing about the document."""


class Children:
    """The pool, with the time one call may take.

    Args:
        pool: the child processes.
        timeout: seconds for one call.
    """

    def __init__(self, pool: ProcessPool, timeout: float) -> None:
        self._pool = pool
        self._timeout = timeout

    @property
    def closed(self) -> bool:
        """Whether there are no children any more, so that a call's end says nothing about what it worked on."""
        return self._pool.closed

    @property
    def bounds(self) -> str:
        """What one call may take: what was stopped within them is stopped again until they are others."""
        return f"{self._pool.bounds}, {self._timeout:g} s"

    def file(self) -> AbstractAsyncContextManager[Path]:
        """A file for what is too large for the pipe; gone at the end of the block."""
        return self._pool.spool.file()

    async def call(self, target: str, *args: Any, given: Mapping[Path, AsyncIterable[bytes]] | None = None) -> Any:
        """Call `module:function` in a child.

        Args:
            target: what to call.
            args: its parameters; the names of files as text.
            given: what to put into files when it is this call's turn.

        Raises:
            StepError: the file or source was refused, or the child was stopped or died.
        """

        async def before() -> None:
            for path, chunks in (given or {}).items():
                await fill(path, chunks)

        try:
            return await self._pool.run(target, *args, timeout=self._timeout, before=before)
        except ChildFailed as error:
            if error.kind in _REFUSALS:
                raise StepError(error.message, FailureClass.BAD_INPUT) from None
            raise
        except ChildError as error:
            failure, hint = _FAILURES[type(error)]
            kind = ChildStopped if isinstance(error, _STOPPED) else StepError
            kind = NoRoom if isinstance(error, ChildDiskFull) else kind
            raise kind(_in_words(error, target), failure, hint=hint) from None
        except OSError as error:
            if not is_disk_full(error):
                raise
            failure, hint = _FAILURES[ChildDiskFull]
            raise NoRoom("There was no room on the disk for a copy to read from.", failure, hint=hint) from None


def _in_words(error: ChildError, target: str) -> str:
    """Who reads it does not know our functions."""
    said = str(error).replace(target, "this work")
    return said[:1].upper() + said[1:]
