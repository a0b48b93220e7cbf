"""The step kind `wait`: for a while, for a moment, or for something that happens outside, whichever comes first."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, model_validator

from docchain.engine.definition.models import Duration
from docchain.engine.durations import parse_duration
from docchain.engine.kinds import Params, Result, StepContext, StepError, StepKind, Wait
from docchain.engine.moments import Moment
from docchain.features.signals import CALLBACK, EVENT, Callback, CallbackLinks, EventKey, EventType


class WaitParams(Params):
    for_: Duration | None = Field(None, alias="for", description="How long, such as `90s`, `2h` or `3d`.")
    until: Moment | None = Field(None, description="A moment with its zone, such as 2026-12-31T18:00:00Z.")
    signal: str | None = Field(None, min_length=1, max_length=100, description="End when this signal arrives.")
    event: EventType | None = Field(None, description="End when an event of this type is published.")
    key: EventKey | None = Field(None, description="Only an event with this key; without it any of the type.")
    callback: bool = Field(
        default=False, description="End when somebody calls the address that the run's detail shows for this step."
    )

    @model_validator(mode="after")
    def _one_end(self) -> "WaitParams":
        outside = sum((self.signal is not None, self.event is not None, self.callback))
        if self.for_ is None and self.until is None and not outside:
            raise ValueError("give `for`, `until`, `signal`, `event` or `callback`, or the step would wait for ever")
        if self.for_ is not None and self.until is not None:
            raise ValueError("give `for` or `until`, not both")
        if outside > 1:
            raise ValueError("give one of `signal`, `event` and `callback`; steps side by side wait for several")
        if self.key is not None and self.event is None:
            raise ValueError("`key` belongs to an `event`; name its type, or remove the key")
        return self


class WaitResult(Result):
    """What ended the wait: the event, the call-back's data, or whatever a signal carried."""

    model_config = ConfigDict(frozen=True, extra="allow")


class WaitStep(StepKind):
    """Wait for a while, until a moment, or for a signal, an event or a call-back, whichever comes first.

    Args:
        links: makes the addresses of call-backs.
    """

    name = "wait"
    title = "Wait"
    params: ClassVar = WaitParams
    result: ClassVar = WaitResult

    def __init__(self, links: CallbackLinks | None = None) -> None:
        self._links = links

    async def run(self, params: WaitParams, context: StepContext) -> Wait:
        signal, request = self._outside(params, context)
        return Wait(signal=signal, until=_end(params, context.now), request=request)

    async def preview(self, params: WaitParams, context: StepContext) -> WaitResult:  # noqa: ARG002 - the contract's shape
        """Time passes at once, and nothing arrives."""
        return WaitResult.model_validate({"signal": None})

    def _outside(self, params: WaitParams, context: StepContext) -> tuple[str | None, dict[str, Any]]:
        if params.event is not None:
            of_key = {} if params.key is None else {"key": params.key}
            return EVENT, {"kind": EVENT, "event": params.event, **of_key}
        if params.callback:
            if self._links is None:
                raise StepError("No call-backs come in here: nothing was given to sign their addresses with.")
            callback = Callback(context.run_id, context.step_id, context.attempt)
            return CALLBACK, {"kind": CALLBACK, "method": "POST", "url": self._links.url(callback)}
        return params.signal, {}


def _end(params: WaitParams, now: datetime) -> datetime | None:
    if params.for_ is not None:
        return now + timedelta(microseconds=parse_duration(params.for_))
    return params.until.astimezone(UTC) if params.until else None
