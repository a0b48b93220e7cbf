"""Refusals of AI as failures of steps, in the words that retry policies know."""

from collections.abc import Sequence
from typing import Final

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import NotUntilResumed, StepError
from docchain.features.ai import errors
from docchain.platform.errors import Refusal

_FAILURES: Final[Sequence[tuple[type[Refusal], FailureClass]]] = (
    (errors.BudgetReached, FailureClass.BUDGET),
    (errors.ProviderUnavailable, FailureClass.UNAVAILABLE),
    (errors.ProviderNotConfigured, FailureClass.DENIED),
    (errors.NothingLeaves, FailureClass.DENIED),
    (errors.ProviderRefused, FailureClass.DENIED),
)


def as_failure(refusal: Refusal) -> StepError:
    """What a step fails with where a door would refuse."""
    failure = next((known for kind, known in _FAILURES if isinstance(refusal, kind)), FailureClass.BAD_INPUT)
    wait = getattr(refusal, "retry_after", None)
    made = NotUntilResumed if failure is FailureClass.BUDGET else StepError
    if failure is FailureClass.UNAVAILABLE and wait is not None:
        failure = FailureClass.RATE_LIMITED
    return made(refusal.detail, failure, hint=refusal.hint, retry_after=wait)
