"""The model test: whatever happens in whatever order, memory is the fold of the journal and no rule is broken."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from drivers import LocalDriver, SimulationDriver, has_ended, is_quiet, next_due
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_runs import Case, cases
from scripted import Script, kinds_of

from docchain.engine.machine import facts as f
from docchain.engine.machine.fold import fold
from docchain.engine.simulation import SimulatedRun, Simulation

OUTCOMES = (f.Done, f.Failed, f.Unknown, f.Waiting)
REPLAYABLE = (f.Started, *OUTCOMES, f.Sending, f.Signalled, f.Fired)
LIMITS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


class Killed(BaseException):
    """The process dies inside a step."""


class DeadlyScript(Script):
    """In the next step the process dies `before` or `after` the effect, or something else happens `during` it."""

    twist = ""
    during = None

    async def play(self, value, context):
        twist, self.twist = self.twist, ""
        if twist == "before":
            self.calls.append((context.step_id, context.attempt))
            raise Killed
        if twist in {"cancel", "other"}:
            await self.during(twist)
        result = await super().play(value, context)
        if twist == "after":
            raise Killed
        return result


class World:
    """One simulated run, and everything that may happen to it."""

    def __init__(self, case: Case) -> None:
        self.script = DeadlyScript(**case.script)
        self.run: SimulatedRun = Simulation(kinds_of(self.script)).begin(case.definition)
        self.script.during = self.meanwhile
        self.crashes = 0
        self.resends: Counter[str] = Counter()
        self.cancelled = False

    async def step(self, place: int, twist: str = "") -> None:
        if not self.run.ready:
            return
        self.run._ready.rotate(-place)  # noqa: SLF001 (any order is allowed)
        self.script.twist = twist
        try:
            await self.run.step()
        except Killed:
            self.crash()
        self.script.twist = ""

    async def meanwhile(self, twist: str) -> None:
        if twist == "cancel":
            self.cancel()
        else:
            await self.step(1)
        self.check()

    def crash(self) -> None:
        self.crashes += 1
        self.run.crash()

    def replay(self, place: int) -> None:
        old = [fact for fact in self.run.journal if isinstance(fact, REPLAYABLE)]
        if old:
            self.run.take(old[place % len(old)])

    def fire(self) -> None:
        due = next_due(self.run.state)
        if due is None:
            return
        self.run.clock.advance(max(due - self.run.clock.micros(), 0))
        for name, step in list(self.run.state.steps.items()):
            for moment in {step.due, step.expires} & {due}:
                self.run.take(f.Fired(self.run.clock.micros(), name, moment))

    def answer(self, name: str, outcome: str) -> None:
        step = self.run.state.steps.get(name)
        if step is None or step.signal is None:
            return
        parked = step.status == "unknown"
        payload = {"outcome": outcome, "decision": "approved"}
        taken = self.run.take(f.Signalled(self.run.clock.micros(), name, step.signal, payload))
        if taken and parked and outcome == "resend":
            self.resends[name] += 1

    def cancel(self) -> None:
        self.cancelled = self.run.take(f.CancelRequested(self.run.clock.micros())) or self.cancelled

    async def finish(self) -> None:
        """Let everything that can happen happen; a live run must come to its end."""
        for _ in range(300):
            if has_ended(self.run.state):
                return
            await self.step(0)
            for name, step in self.run.state.steps.items():
                if step.status == "unknown" or (step.status == "waiting" and not self.run.ready):
                    self.answer(name, "confirmed")
            if not self.run.ready:
                self.fire()
        raise AssertionError(f"the run hangs: {self.run.state}")

    def check(self) -> None:
        journal, run = self.run.journal, self.run
        kept = f.decode(f.encode(journal))
        assert kept == journal
        assert fold(run.plan, str(run.id), kept) == run.state
        sendings = Counter((fact.step, fact.attempt) for fact in journal if isinstance(fact, f.Sending))
        assert set(sendings.values()) <= {1}
        ends = Counter(fact.step for fact in journal if isinstance(fact, f.Done | f.Skipped))
        assert set(ends.values()) <= {1}
        settled = {(fact.step, fact.attempt) for fact in journal if isinstance(fact, OUTCOMES)}
        under_way = {(n, step.attempt) for n, step in run.state.steps.items() if step.status == "sending"}
        assert set(sendings) - settled == under_way
        if has_ended(run.state):
            assert not under_way
            assert sum(isinstance(fact, f.Ended) for fact in journal) == 1
        self.check_executions()

    def check_executions(self) -> None:
        for planned in self.run.plan.steps.values():
            if planned.external and planned.in_doubt == "park":
                happened = self.script.happened.count(f"{self.run.id}:{planned.id}")
                assert happened <= 1 + self.resends[planned.id]
            if not planned.external:
                assert self.run.state.steps[planned.id].attempt <= planned.retry.attempts
        for (step, _), times in Counter(self.script.calls).items():
            external = self.run.plan.steps[step].external
            assert times <= (1 if external else 1 + self.crashes)


NAMES = ["step"] * 12 + [
    "crash",
    "crash",
    "fire",
    "fire",
    "fire",
    "answer",
    "answer",
    "answer",
    "replay",
    "replay",
    "cancel",
]
TWISTS = [""] * 8 + ["after", "after", "after", "after", "after", "before", "other", "other", "other", "cancel"]
ACTIONS = st.tuples(
    st.sampled_from(NAMES),
    st.integers(0, 30),
    st.sampled_from(TWISTS),
    st.sampled_from(["confirmed", "failed", "resend", "?"]),
)


async def act(world: World, action: tuple[str, int, str, str]) -> None:
    name, place, twist, outcome = action
    if name == "step":
        await world.step(place, twist)
    elif name == "replay":
        world.replay(place)
    elif name == "cancel":
        _ = world.cancel() if place < 10 else None
    elif name == "answer":
        world.answer(f"s{place % 5}", outcome)
    else:
        getattr(world, name)()


@settings(max_examples=300, **LIMITS)
@given(case=cases(), actions=st.lists(ACTIONS, min_size=12, max_size=40), late=st.lists(ACTIONS, max_size=8))
def test_memory_is_the_fold_of_the_journal_whatever_happens(case, actions, late):
    async def live() -> None:
        world = World(case)
        for action in actions:
            await act(world, action)
            world.check()
        await world.finish()
        world.check()
        journal = list(world.run.journal)
        for action in late:
            await act(world, action)
        assert world.run.journal == journal
        world.check()

    asyncio.run(live())


@settings(max_examples=40, **LIMITS)
@given(case=cases())
def test_both_drivers_agree(case):
    simulated, local = asyncio.run(run_both(case))
    assert simulated.status == local.status
    if case.is_chain or simulated.status == "succeeded":
        assert statuses_of(simulated) == statuses_of(local)
        assert (simulated.outputs, simulated.output) == (local.outputs, local.output)
        assert (simulated.failure, simulated.message, simulated.failed_step) == (
            local.failure,
            local.message,
            local.failed_step,
        )


def statuses_of(state):
    return {name: (step.status, step.attempt, step.failure) for name, step in state.steps.items()}


async def run_both(case: Case):
    ends = []
    for driver_type in (SimulationDriver, LocalDriver):
        with tempfile.TemporaryDirectory() as folder:
            driver = driver_type(kinds_of(Script(**case.script)), Path(folder))
            await driver.open()
            ends.append(await to_the_end(await driver.start(case.definition)))
            await driver.close()
    return ends


async def to_the_end(run):
    """Answer every question and let time pass until the run has ended."""
    for _ in range(60):
        state = await run.until(is_quiet)
        if has_ended(state):
            return state
        asked = [name for name, step in state.steps.items() if step.signal is not None]
        for name in asked:
            payload = {"outcome": "confirmed", "decision": "approved", "output": {"value": 9}}
            await run.signal(name, payload, state.steps[name].signal)
        if asked:
            await run.until(lambda now, asked=asked: has_ended(now) or all(now.steps[a].signal is None for a in asked))
        else:
            await run.advance("1m")
    raise AssertionError(f"the run hangs: {state}")
