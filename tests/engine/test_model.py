"""The model test: whatever happens in whatever order, memory is the fold of the journal and no rule is broken."""

import asyncio
from collections import Counter, defaultdict

from drivers import has_ended
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_runs import Case, cases, flow_cases
from run_checks import OUTCOMES, check_books
from scripted import Script, kinds_of

from docchain.engine.machine import facts as f
from docchain.engine.simulation import SimulatedRun, Simulation

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
    """One simulated run with those it calls, and everything that may happen to them."""

    def __init__(self, case: Case) -> None:
        self.script = DeadlyScript(**case.script)
        self.run: SimulatedRun = Simulation(kinds_of(self.script)).begin(case.definition, **case.how)
        self.script.during = self.meanwhile
        self.crashes = 0
        self.resends: Counter[tuple[str, str]] = Counter()
        self.reopened = 0
        self.begun: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
        self.check()

    async def step(self, place: int, twist: str = "") -> None:
        busy = [run for run in self.run.family if run._ready]  # noqa: SLF001 (any order is allowed)
        if not busy:
            return
        run = busy[place % len(busy)]
        run._ready.rotate(-place)  # noqa: SLF001 (the same)
        self.script.twist = twist
        try:
            await run.step()
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
        due = self.run.next_due()
        if due is not None:
            self.run.clock.advance(max(due - self.run.clock.micros(), 0))
            for run in list(self.run.family):
                run._fire(due)  # noqa: SLF001 (a driver of its own)

    def asked(self) -> list[tuple[SimulatedRun, str]]:
        live = [run for run in self.run.family if not has_ended(run.state)]
        return [(run, name) for run in live for name, step in run.state.steps.items() if step.signal]

    def answer(self, place: int, outcome: str) -> None:
        asked = self.asked()
        if not asked:
            return
        run, name = asked[place % len(asked)]
        step = run.state.steps[name]
        parked = step.status == "unknown"
        payload = {"outcome": outcome, "decision": "rejected" if outcome == "failed" else "approved"}
        taken = run.take(f.Signalled(run.clock.micros(), name, step.signal, payload))
        if taken and parked and outcome != "confirmed":
            self.resends[str(run.id), name] += 1

    def cancel(self) -> None:
        self.run.take(f.CancelRequested(self.run.clock.micros()))

    def pause(self) -> None:
        self.tell_all(f.Paused(self.run.clock.micros()))

    def resume(self) -> None:
        self.tell_all(f.Resumed(self.run.clock.micros()))

    def tell_all(self, fact: f.Fact) -> None:
        for run in list(self.run.family):
            run.take(fact)

    def retry(self, place: int) -> None:
        """As the engine does for a person: a rejected step is asked again; one step or item may be named."""
        state = self.run.state
        rejected = [state.failed_step] if state.status == "rejected" else []
        open_ = [name for name, step in state.steps.items() if step.status in {"failed", "cancelled"}]
        named = [open_[place % len(open_)]] if open_ and place % 2 else []
        before = {name: step.attempt for name, step in state.steps.items() if step.of and step.status == "failed"}
        if not self.run.take(f.Reopened(self.run.clock.micros(), [*rejected, *named])):
            return
        self.reopened += 1
        for name, attempt in before.items() if named else ():
            of, step = self.run.state.steps[name].of, self.run.state.steps[name]
            if named[0].startswith(f"{of}[") and name not in named:
                assert (step.status, step.attempt) == ("failed", attempt)

    async def finish(self) -> None:
        """Let everything that can happen happen; a live run must come to its end."""
        for _ in range(600):
            if has_ended(self.run.state):
                return
            self.resume()
            await self.step(0)
            for place, (run, name) in enumerate(self.asked()):
                if run.state.steps[name].status == "unknown" or not self.run.ready:
                    self.answer(place, "confirmed")
                    break
            if not self.run.ready:
                self.fire()
        raise AssertionError(f"the run hangs: {self.run.state}")

    def check(self) -> None:
        for run in self.run.family:
            check_books(run)
            self.check_executions(run)
            self.check_pause(run)
        if has_ended(self.run.state):
            assert sum(isinstance(fact, f.Ended) for fact in self.run.journal) == 1 + self.reopened

    def check_pause(self, run: SimulatedRun) -> None:
        """While a run is paused no step gets ready (of one that is born so, no second one), nor is its way decided."""
        ready = {(command.step, command.attempt) for command in run._ready if not command.lookup}  # noqa: SLF001
        is_new = str(run.id) not in self.begun
        begun = self.begun[str(run.id)]
        if run.state.status != "paused" or is_new:
            begun |= ready
            return
        assert ready <= begun
        since = max(place for place, fact in enumerate(run.journal) if isinstance(fact, f.Paused))
        meanwhile = run.journal[since:]
        assert not [fact for fact in meanwhile if isinstance(fact, f.FannedOut)]
        assert {fact.because for fact in meanwhile if isinstance(fact, f.Skipped)} <= {"dry_run"}

    def check_executions(self, run: SimulatedRun) -> None:
        executed = Counter(entry[1:] for entry in self.script.executed if entry[0] == str(run.id))
        for name, step in run.state.steps.items():
            planned = run.plan.steps[name]
            if planned.external and planned.in_doubt == "park":
                happened = self.script.happened.count(f"{run.id}:{name}")
                assert happened <= 1 + self.resends[str(run.id), name]
            if not planned.external:
                assert step.attempt - step.tried <= planned.retry.attempts
        for (name, _), times in executed.items():
            external = run.plan.steps[name].external
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
        world.answer(place, outcome)
    elif name == "retry":
        world.retry(place)
    else:
        getattr(world, name)()


async def live(case: Case, actions: list[tuple[str, int, str, str]], late: list[tuple[str, int, str, str]]) -> None:
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


@settings(max_examples=settings.default.max_examples, **LIMITS)
@given(case=cases(), actions=st.lists(ACTIONS, min_size=12, max_size=40), late=st.lists(ACTIONS, max_size=8))
def test_memory_is_the_fold_of_the_journal_whatever_happens(case, actions, late):
    asyncio.run(live(case, actions, late))


CONTROLS = st.tuples(
    st.sampled_from([*NAMES, *["step"] * 6, "pause", "pause", "resume", "resume", "retry", "retry"]),
    st.integers(0, 30),
    st.sampled_from(TWISTS),
    st.sampled_from(["confirmed", "confirmed", "failed", "resend", "?"]),
)


@settings(max_examples=settings.default.max_examples * 3 // 2, **LIMITS)
@given(case=flow_cases(), actions=st.lists(CONTROLS, min_size=12, max_size=60), late=st.lists(ACTIONS, max_size=8))
def test_every_flow_is_the_fold_of_its_journal_whatever_happens(case, actions, late):
    asyncio.run(live(case, actions, late))


RETRIED = {"attempts": 3, "initial": "2s", "on": ["unavailable"]}
DOUBTFUL = [
    {"id": "a", "use": "t.send", "needs": [], "in_doubt": "resend", "retry": RETRIED},
    {"id": "b", "use": "t.pure", "needs": [], "retry": RETRIED, "for_each": {"items": [1, 2, 3], "concurrency": 2}},
    {"id": "c", "use": "t.pure", "needs": ["a", "b"]},
]
PAUSES = st.tuples(
    st.sampled_from(["step", "step", "step", "pause", "pause", "fire", "fire", "crash", "resume"]),
    st.integers(0, 3),
    st.sampled_from(["", "", "before", "after", "after"]),
    st.just("confirmed"),
)


@settings(max_examples=settings.default.max_examples, **LIMITS)
@given(actions=st.lists(PAUSES, min_size=6, max_size=30))
def test_nothing_starts_while_a_run_is_paused(actions):
    away = ["fail:unavailable", "fail:unavailable"]
    case = Case({"workflow": "w", "steps": DOUBTFUL}, {"a": away, "b[0]": away, "b[2]": away[:1]})
    asyncio.run(live(case, actions, []))
