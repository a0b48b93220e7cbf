"""One attempt of one step: validates, runs the kind, and turns whatever happens into a fact."""

from typing import Any, Final

import msgspec
from pydantic import BaseModel, ValidationError

from docchain.engine.definition.faults import from_pydantic
from docchain.engine.durations import parse_duration
from docchain.engine.failures import FailureClass
from docchain.engine.kinds import InDoubt, OutcomeUnknown, StepContext, StepError, StepKind, Wait
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Done, Fact, Failed, Unknown, Waiting
from docchain.engine.machine.plan import PlannedStep

MAX_OUTPUT: Final = 1_048_576
_size = msgspec.json.Encoder().encode


def read_params(kind: StepKind, command: RunStep, at: int) -> BaseModel | Failed:
    """The step's parameters as its model, or the fact that they do not fit."""
    try:
        return kind.params.model_validate(command.params)
    except ValidationError as error:
        faults = "; ".join(map(str, from_pydantic(error, "with")))
        return Failed(at, command.step, command.attempt, FailureClass.BAD_INPUT, faults)


def outcome_fact(
    planned: PlannedStep, kind: StepKind, outcome: BaseModel | Wait, context: StepContext, at: int
) -> Fact:
    """The fact for what a kind returned."""
    if isinstance(outcome, Wait):
        return _waiting(planned, outcome, context.attempt, at)
    if not isinstance(outcome, kind.result):
        message = f"{kind.name} returned {type(outcome).__name__} where its result is {kind.result.__name__}"
        return Failed(at, planned.id, context.attempt, FailureClass.BUG, message)
    output = outcome.model_dump(mode="json")
    if len(_size(output)) > MAX_OUTPUT:
        message = f"the result is larger than {MAX_OUTPUT:,} bytes; hand large values on as a document"
        return Failed(at, planned.id, context.attempt, FailureClass.RESOURCE, message)
    return Done(at, planned.id, context.attempt, output, context.products)


def _waiting(planned: PlannedStep, wait: Wait, attempt: int, at: int) -> Waiting:
    return Waiting(
        at,
        planned.id,
        attempt,
        signal=wait.signal,
        until=int(wait.until.timestamp() * 1_000_000) if wait.until else None,
        expires=at + planned.timeout if planned.timeout is not None else None,
        rejects=wait.rejects,
        request=dict(wait.request),
    )


def error_fact(planned: PlannedStep, attempt: int, error: Exception, at: int) -> Fact:
    """The fact for what a kind raised; an unknown outcome follows the step's in-doubt policy."""
    if isinstance(error, OutcomeUnknown) and planned.external:
        policy = planned.in_doubt
        if policy == InDoubt.RESEND and attempt >= planned.retry.attempts:
            policy = InDoubt.PARK.value
        return Unknown(at, planned.id, attempt, policy, str(error), live=True)
    if isinstance(error, StepError):
        retry_after = None if error.retry_after is None else parse_duration(max(error.retry_after, 0.0))
        return Failed(at, planned.id, attempt, error.failure, str(error), error.hint, retry_after)
    message = f"{type(error).__name__}: {error}"
    return Failed(at, planned.id, attempt, FailureClass.BUG, message, "This is a fault of the step kind; report it.")


def timeout_fact(planned: PlannedStep, attempt: int, at: int, limit: int) -> Fact:
    """An attempt that took too long: a failure for most, an unknown outcome for an effect already on its way."""
    message = f"took longer than {limit / 1_000_000:g} s"
    if planned.external:
        return error_fact(planned, attempt, OutcomeUnknown(message), at)
    if planned.timeout_then == "continue":
        return Done(at, planned.id, attempt)
    return Failed(
        at, planned.id, attempt, FailureClass.TIMEOUT, message, "Raise the step's timeout, or split the work."
    )


def lookup_fact(planned: PlannedStep, found: BaseModel | None, context: StepContext, at: int) -> Fact:
    """What a look-up found: the outcome, or the knowledge that nothing happened, which makes a resend safe."""
    if found is None:
        return Unknown(at, planned.id, context.attempt, InDoubt.RESEND.value, "looked up: it did not happen")
    output: Any = found.model_dump(mode="json")
    return Done(at, planned.id, context.attempt, output, context.products)
