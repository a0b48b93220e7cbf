"""One attempt of one step: validates, runs the kind, and turns whatever happens into a fact."""

from typing import Any, Final

import msgspec
from pydantic import BaseModel, ValidationError

from docchain.engine.definition.faults import from_pydantic
from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Call, InDoubt, NotUntilResumed, OutcomeUnknown, StepContext, StepError, StepKind, Wait
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Done, Fact, Failed, Noted, Unknown, Waiting, as_kept
from docchain.engine.machine.plan import PlannedStep
from docchain.platform.errors import Busy
from docchain.platform.revealed import Revealed

MAX_OUTPUT: Final = 1_048_576
_LONGEST: Final = 365 * 86_400.0
_LONGEST_MESSAGE: Final = 10_000
_NOTICEABLE: Final = 1_000
"""Microseconds of an attempt; how long a quicker one took is not worth a fact."""
_SAID: Final = frozenset({"output", "products", "message", "hint", "request", "lines", "charges"})
"""Fields of facts that hold what a step said."""
Outcome = BaseModel | Wait | Call
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def read_params(planned: PlannedStep, kind: StepKind, command: RunStep, at: int) -> BaseModel | Failed:
    """The step's parameters as its model, or the fact that they do not fit."""
    params: BaseModel
    if planned.fixed is not None:
        params = planned.fixed
        return params
    try:
        params = kind.params.__pydantic_validator__.validate_python(command.params)
    except ValidationError as error:
        faults = "; ".join(map(str, from_pydantic(error, "with")))
        return Failed(at, command.step, command.attempt, FailureClass.BAD_INPUT, faults)
    except Exception as error:  # noqa: BLE001 (a validator of the kind's own)
        return _bug(command.step, command.attempt, error, at)
    return params


async def perform(kind: StepKind, params: BaseModel, context: StepContext, *, external: bool) -> Outcome | None:
    """What the kind returns; in a dry run, what it would stand for an effect or a wait: nothing skips the step."""
    if not context.dry:
        return await kind.run(params, context)
    outcome = None if external else await kind.run(params, context)
    return await kind.preview(params, context) if outcome is None or isinstance(outcome, Wait) else outcome


def outcome_fact(
    planned: PlannedStep, kind: StepKind, outcome: BaseModel | Wait, context: StepContext, at: int
) -> Fact:
    """The fact for what a kind returned."""
    if isinstance(outcome, Wait):
        return _waiting(planned, outcome, context.attempt, at)
    if not isinstance(outcome, kind.result):
        message = f"{kind.name} returned {type(outcome).__name__} where its result is {kind.result.__name__}"
        return Failed(at, planned.id, context.attempt, FailureClass.BUG, message)
    return _done(planned, kind.result.__pydantic_serializer__.to_json(outcome), context, at)


def _done(planned: PlannedStep, result: bytes, context: StepContext, at: int) -> Done | Failed:
    output = _kept(planned, "the result is", result, context.attempt, at)
    if isinstance(output, Failed):
        return output
    return Done(at, planned.id, context.attempt, output, context.products and as_kept(context.products))


def noted_fact(context: StepContext, at: int, *, announced: bool) -> Noted | None:
    """What the attempt noted and how long it took; quick steps that note nothing, which are most, cost nothing.

    `announced`: the journal knows from its intent when it began.
    """
    notes = context.notes
    if notes is None:
        known = announced or at - context.began < _NOTICEABLE
        return None if known else Noted(at, context.step_id, context.attempt, context.began)
    return Noted(at, context.step_id, context.attempt, context.began, *notes.kept())


def masked_fact(fact: Fact, revealed: Revealed | None) -> Fact:
    """The fact without the secrets that its attempt resolved; most resolve none."""
    if revealed is None:
        return fact
    said = {name: msgspec.to_builtins(getattr(fact, name)) for name in _SAID.intersection(fact.__struct_fields__)}
    whole = {**msgspec.to_builtins(fact), **{name: revealed.value(value) for name, value in said.items()}}
    return msgspec.convert(whole, type(fact))


def _kept(planned: PlannedStep, what: str, encoded: bytes, attempt: int, at: int) -> Any | Failed:
    """The value as the journal gives it back, or the fact that it is too large.

    What happened out there stays so: an effect is not sent again for the size of what it told.
    """
    if len(encoded) <= MAX_OUTPUT:
        return _decode(encoded)
    message = f"{what} larger than {MAX_OUTPUT:,} bytes; hand large values on as a document"
    return Failed(at, planned.id, attempt, FailureClass.RESOURCE, message, final=planned.external)


def given_to_child(planned: PlannedStep, call: Call, attempt: int, at: int) -> tuple[Any, Any] | Failed:
    """Inputs and attributes of the called run as the journal keeps them, or the fact that they are too large.

    Raises:
        TypeError, ValueError, OverflowError: for what is no JSON.
    """
    encoded = _encode([dict(call.inputs), dict(call.attributes)])
    kept = _kept(planned, "the inputs of the called workflow are", encoded, attempt, at)
    return kept if isinstance(kept, Failed) else tuple(kept)


def _waiting(planned: PlannedStep, wait: Wait, attempt: int, at: int) -> Waiting | Failed:
    request = _kept(planned, "the request is", _encode(dict(wait.request)), attempt, at)
    if isinstance(request, Failed):
        return request
    return Waiting(
        at,
        planned.id,
        attempt,
        signal=wait.signal,
        until=int(wait.until.timestamp() * 1_000_000) if wait.until else None,
        expires=at + planned.timeout if planned.timeout is not None else None,
        rejects=wait.rejects,
        request=request,
    )


def error_fact(planned: PlannedStep, attempt: int, error: Exception, at: int, *, tried: int = 0) -> Fact:
    """The fact for what a kind raised; an unknown outcome follows the step's in-doubt policy.

    `tried` are the attempts before the run was reopened: they count no more.
    """
    if isinstance(error, OutcomeUnknown) and planned.external:
        policy = planned.in_doubt
        if policy == InDoubt.RESEND and attempt - tried >= planned.retry.attempts:
            policy = InDoubt.PARK.value
        return Unknown(at, planned.id, attempt, policy, _storable(str(error)), live=True)
    if isinstance(error, StepError):
        retry_after = None if error.retry_after is None else int(min(max(error.retry_after, 0.0), _LONGEST) * 1_000_000)
        pauses = isinstance(error, NotUntilResumed)
        told = (_storable(str(error)), error.hint, retry_after)
        return Failed(at, planned.id, attempt, error.failure, *told, pauses=pauses)
    if isinstance(error, Busy):
        return Failed(at, planned.id, attempt, FailureClass.UNAVAILABLE, _storable(error.detail), error.hint)
    return _bug(planned.id, attempt, error, at)


def _bug(step: str, attempt: int, error: Exception, at: int) -> Failed:
    message = f"{type(error).__name__}: {_storable(str(error))}"
    return Failed(at, step, attempt, FailureClass.BUG, message, "This is a fault of the step kind; report it.")


def _storable(text: str) -> str:
    return text.encode(errors="replace").decode()[:_LONGEST_MESSAGE]


def timeout_fact(
    planned: PlannedStep, attempt: int, at: int, limit: int, *, lookup: bool = False, tried: int = 0
) -> Fact:
    """An attempt that took too long: a failure for most, an unknown outcome for an effect already on its way."""
    message = f"took longer than {limit / 1_000_000:g} s"
    if lookup:
        return lookup_error_fact(planned, attempt, OutcomeUnknown(message), at)
    if planned.external:
        return error_fact(planned, attempt, OutcomeUnknown(message), at, tried=tried)
    if planned.timeout_then == "continue":
        return Done(at, planned.id, attempt)
    return Failed(
        at, planned.id, attempt, FailureClass.TIMEOUT, message, "Raise the step's timeout, or split the work."
    )


def lookup_fact(
    planned: PlannedStep, found: BaseModel | None, context: StepContext, at: int, *, tried: int = 0
) -> Fact:
    """What a look-up found: the outcome, or the knowledge that nothing happened, which makes a resend safe."""
    if found is not None:
        return _done(planned, found.__pydantic_serializer__.to_json(found), context, at)
    message = "looked up: it did not happen"
    if context.attempt - tried >= planned.retry.attempts:
        return Failed(at, planned.id, context.attempt, FailureClass.UNAVAILABLE, message)
    return Unknown(at, planned.id, context.attempt, InDoubt.RESEND.value, message, live=True)


def lookup_error_fact(planned: PlannedStep, attempt: int, error: BaseException, at: int) -> Fact:
    """A look-up that failed tells nothing: resending would be a guess, so a person decides."""
    message = f"could not be looked up: {_storable(str(error) or type(error).__name__)}"
    return Unknown(at, planned.id, attempt, InDoubt.PARK.value, message)
