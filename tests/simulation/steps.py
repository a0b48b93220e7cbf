"""Scripted step kinds: `do` says what happens on each execution; every one meets the world at least once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import (
    Call,
    Effect,
    InDoubt,
    Kinds,
    Params,
    Result,
    StepContext,
    StepError,
    StepKind,
    Wait,
)

from .loop import PROCESS
from .ports import Ports

if TYPE_CHECKING:
    from .world import World


class Play(Params):
    """`do`: ok, flaky:n, hang:n (the first n executions), broken (until repaired), bug."""

    value: Any = None
    do: str = "ok"
    provider: str = ""


class Played(Result):
    value: Any = None


class Pure(StepKind):
    """Hands its value on."""

    name = "sim.pure"
    params = Play
    result: type[Result] = Played

    def __init__(self, world: "World") -> None:
        self.world = world

    def provider(self, params: Any) -> str:
        return str(params.get("provider") or "")

    async def run(self, params: Any, context: StepContext) -> Any:
        with self._counted(params, context):
            await self._meet(f"step {context.step_id}")
            await self._stumble(params.do, context)
            self.world.values[context.effect_key] = params.value
            await self._act(context)
        return Played(value=params.value)

    async def _meet(self, name: str) -> None:
        process = PROCESS.get()
        assert process is not None
        await Ports(self.world, process).call(name)

    async def _stumble(self, do: str, context: StepContext) -> None:
        word, _, count = do.partition(":")
        key = f"{context.run_id}:{context.step_id}"
        self.world.tried[key] += 1
        first = self.world.tried[key] <= int(count or 0)
        if word == "flaky" and first:
            raise StepError("busy", FailureClass.UNAVAILABLE)
        if word == "hang" and first:
            await asyncio.sleep(100_000)
        if word == "broken" and str(context.run_id) not in self.world.repaired:
            raise StepError("this is broken", FailureClass.BAD_INPUT)
        if word == "bug":
            raise ZeroDivisionError

    async def _act(self, context: StepContext) -> None: ...

    @contextmanager
    def _counted(self, params: Any, context: StepContext) -> Iterator[None]:
        names = [f"kind {self.name}", f"workspace {context.workspace_id}", f"items {context.run_id} {context.step_id}"]
        names += [f"provider {params.provider}"] if params.provider else []
        with self.world.crowd.within(names):
            yield


class Idempotent(Pure):
    """May be done again."""

    name = "sim.idempotent"
    effect = Effect.IDEMPOTENT


class Once(Pure):
    """Reaches a receiver that knows the keys it has seen."""

    name = "sim.once"
    effect = Effect.EXTERNAL
    in_doubt = InDoubt.RESEND
    mode = "once"

    async def _act(self, context: StepContext) -> None:
        await self.world.receiver.send(context, self.mode)


class Send(Once):
    """Reaches a receiver that applies whatever comes; parks in doubt."""

    name = "sim.send"
    in_doubt = InDoubt.PARK
    mode = "plain"


class Find(Once):
    """Reaches a receiver that can be asked what it did."""

    name = "sim.find"
    in_doubt = InDoubt.LOOKUP
    mode = "book"

    async def lookup(self, params: Play, context: StepContext) -> Played | None:
        await self._meet(f"lookup {context.step_id}")
        return Played(value=params.value) if await self.world.receiver.find(context.effect_key) else None


class AskParams(Params):
    pass


class Ask(Pure):
    """Asks a person."""

    name = "sim.ask"
    params = AskParams

    class Answer(Result, extra="allow"):
        decision: str = ""

    result = Answer

    async def run(self, params: AskParams, context: StepContext) -> Wait:  # noqa: ARG002 (the contract's shape)
        await self._meet(f"step {context.step_id}")
        return Wait(signal="answer", rejects=True)


class HoldParams(Params):
    seconds: float


class Hold(Pure):
    """Waits until so many seconds after the run's start."""

    name = "sim.hold"
    params = HoldParams

    class Over(Result, extra="allow"):
        pass

    result = Over

    async def run(self, params: HoldParams, context: StepContext) -> Wait:
        await self._meet(f"step {context.step_id}")
        return Wait(until=datetime.fromtimestamp(context.started / 1_000_000 + params.seconds, UTC))


class CallParams(Params):
    definition: str
    inputs: dict[str, Any] = {}  # noqa: RUF012 (pydantic copies defaults)


class CallChild(Pure):
    """Runs a definition as a child run."""

    name = "sim.call"
    params = CallParams

    class Answer(Result, extra="allow"):
        pass

    result = Answer

    async def run(self, params: CallParams, context: StepContext) -> Call:
        await self._meet(f"step {context.step_id}")
        return Call(params.definition, params.inputs, label="child")


def kinds_of(world: "World") -> Kinds:
    return Kinds([kind(world) for kind in (Pure, Idempotent, Once, Send, Find, Ask, Hold, CallChild)])
