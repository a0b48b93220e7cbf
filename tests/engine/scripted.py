"""Step kinds that do what a script says, attempt by attempt, and remember every call."""

import asyncio
import json
import math
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import (
    Call,
    Effect,
    InDoubt,
    Kinds,
    NotUntilResumed,
    OutcomeUnknown,
    Params,
    Result,
    StepContext,
    StepError,
    StepKind,
    Wait,
)

ODD_VALUES = {"big": "x" * 1_100_000, "nan": math.nan, "surrogate": "\ud800", "object": object()}


class ValueParams(Params):
    value: Any = None


class ValueResult(Result):
    value: Any = None


class Script:
    """What steps do: `plan["a"] = ["fail:unavailable", "gate ok"]`; without a line, and after the last one, `ok`.

    `happened` are the effects that a receiver would have seen, by key, in order.
    """

    def __init__(self, **plan: list[str]) -> None:
        self.plan = defaultdict(list, plan)
        self.calls: list[tuple[str, int]] = []
        self.executed: list[tuple[str, str, int]] = []
        self.lookups: list[tuple[str, int]] = []
        self.happened: list[str] = []
        self.gates: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.reached: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def line(self, step: str, attempt: int) -> str:
        lines = self.plan[step]
        return lines[attempt - 1] if attempt <= len(lines) else "ok"

    async def play(self, value: Any, context: StepContext) -> ValueResult:
        self.calls.append((context.step_id, context.attempt))
        self.executed.append((str(context.run_id), context.step_id, context.attempt))
        line = self.line(context.step_id, context.attempt)
        if line.startswith("gate"):
            self.reached[context.step_id].set()
            await self.gates[context.step_id].wait()
        word, _, rest = line.removeprefix("gate ").partition(":")
        if word == "fail":
            failure, _, seconds = rest.partition(":")
            retry_after = float(seconds) if seconds else None
            raise StepError(f"{context.step_id} failed", FailureClass(failure), hint="look", retry_after=retry_after)
        if word == "hold":
            raise NotUntilResumed(f"{context.step_id} has no money left", FailureClass.BUDGET, hint="Raise it.")
        if word == "bug":
            raise ZeroDivisionError("a fault of the kind")
        if word == "lost":
            raise OutcomeUnknown("no answer came")
        self.happened.append(context.effect_key)
        if word == "sent":
            raise OutcomeUnknown("the answer got lost")
        return ValueResult(value=ODD_VALUES.get(word, value))


class Pure(StepKind):
    """Hands its value on."""

    name = "t.pure"
    params = ValueParams
    result: type[Result] = ValueResult

    def __init__(self, script: Script) -> None:
        self.script = script

    async def run(self, params: ValueParams, context: StepContext) -> Result | Wait:
        return await self.script.play(params.value, context)


class Idempotent(Pure):
    """May be done again."""

    name = "t.idempotent"
    effect = Effect.IDEMPOTENT


class Send(Pure):
    """Reaches out; parks when in doubt."""

    name = "t.send"
    effect = Effect.EXTERNAL
    in_doubt = InDoubt.PARK


class Find(Pure):
    """Reaches out; can look up what it did. Its script line for look-ups is that of `<step>?`."""

    name = "t.find"
    effect = Effect.EXTERNAL
    in_doubt = InDoubt.LOOKUP

    async def lookup(self, params: ValueParams, context: StepContext) -> ValueResult | None:  # noqa: ARG002 (the contract's signature)
        self.script.lookups.append((context.step_id, context.attempt))
        if self.script.line(f"{context.step_id}?", context.attempt) == "bug":
            raise StepError("the other side is away", FailureClass.UNAVAILABLE)
        found = ODD_VALUES.get(self.script.line(f"{context.step_id}?", context.attempt), "found")
        return ValueResult(value=found) if context.effect_key in self.script.happened else None


class AskParams(Params):
    assignees: list[str] = []  # noqa: RUF012 (pydantic copies defaults)
    escalate_to: list[str] = []  # noqa: RUF012 (pydantic copies defaults)


class Ask(Pure):
    """Asks a person."""

    name = "t.ask"
    params = AskParams

    class Answer(Result, extra="allow"):
        decision: str = ""

    result = Answer

    async def run(self, params: AskParams, context: StepContext) -> Wait:
        script = self.script.line(context.step_id, context.attempt)
        return Wait(signal="answer", request={"assignees": ODD_VALUES.get(script, params.assignees)}, rejects=True)


class HoldParams(Params):
    until: float | None = None
    signal: str | None = None


class Hold(Pure):
    """Waits for a moment (seconds since the epoch) or a signal."""

    name = "t.hold"
    params = HoldParams

    class Payload(Result, extra="allow"):
        pass

    result = Payload

    async def run(self, params: HoldParams, context: StepContext) -> Wait:  # noqa: ARG002 (the contract's signature)
        until = None if params.until is None else datetime.fromtimestamp(params.until, UTC)
        return Wait(signal=params.signal, until=until)


class CallParams(Params):
    child: dict[str, Any] | str
    inputs: dict[str, Any] = {}  # noqa: RUF012 (pydantic copies defaults)


class Calls(Pure):
    """Runs the definition `child` as a child run."""

    name = "t.call"
    params = CallParams

    class Answer(Result, extra="allow"):
        pass

    result = Answer

    async def run(self, params: CallParams, context: StepContext) -> Call:
        await self.script.play(None, context)
        big = self.script.line(context.step_id, context.attempt) == "big"
        inputs = {**params.inputs, "n": ODD_VALUES["big"]} if big else params.inputs
        return Call(params.child if isinstance(params.child, str) else json.dumps(params.child), inputs)


class Preview(Send):
    """Reaches out; a dry run shows what it would have sent."""

    name = "t.preview"

    async def preview(self, params: ValueParams, context: StepContext) -> ValueResult:  # noqa: ARG002 (the contract's signature)
        return ValueResult(value=f"would send {params.value}")


def kinds_of(script: Script) -> Kinds:
    return Kinds([kind(script) for kind in (Pure, Idempotent, Send, Find, Ask, Hold, Calls, Preview)])
