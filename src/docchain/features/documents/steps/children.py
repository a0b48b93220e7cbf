"""Functions of ours in child processes, with what goes wrong there as a step's failure and its class."""

from typing import Any, Final

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepError
from docchain.platform.processes import (
    ChildAnswer,
    ChildBusy,
    ChildCrashed,
    ChildError,
    ChildFailed,
    ChildMemory,
    ChildTimeout,
    ProcessPool,
)

_REFUSALS: Final = frozenset({"Unreadable", "Unrenderable", "TemplateFault"})
_FAILURES: Final = {
    ChildTimeout: (FailureClass.TIMEOUT, "Raise DOCCHAIN_PROCESS_TIMEOUT, or split the document."),
    ChildMemory: (FailureClass.RESOURCE, "Raise DOCCHAIN_PROCESS_MEMORY_MB, or split the document."),
    ChildAnswer: (FailureClass.RESOURCE, "Raise DOCCHAIN_PROCESS_ANSWER_MB, or split the document."),
    ChildBusy: (FailureClass.UNAVAILABLE, "Raise DOCCHAIN_WORKERS, or let the step be tried again later."),
    ChildCrashed: (FailureClass.UNAVAILABLE, "If it happens again with this document, export it anew."),
}


class Children:
    """The pool, with the time one call may take.

    Args:
        pool: the child processes.
        timeout: seconds for one call.
    """

    def __init__(self, pool: ProcessPool, timeout: float) -> None:
        self._pool = pool
        self._timeout = timeout

    async def call(self, target: str, *args: Any) -> Any:
        """Call `module:function` in a child.

        Raises:
            StepError: the file or source was refused, or the child was stopped or died.
        """
        try:
            return await self._pool.run(target, *args, timeout=self._timeout)
        except ChildFailed as error:
            if error.kind in _REFUSALS:
                raise StepError(error.message, FailureClass.BAD_INPUT) from None
            raise
        except ChildError as error:
            failure, hint = _FAILURES[type(error)]
            raise StepError(str(error), failure, hint=hint) from None
