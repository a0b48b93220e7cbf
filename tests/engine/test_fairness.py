"""Workspaces take turns: no step is lost, nobody starves, limits hold, and a newcomer hardly waits."""

import asyncio
from collections import Counter
from types import SimpleNamespace
from uuid import UUID

from drivers import Doors, LocalDriver, LocalHandle, has_ended
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from scripted import Script, kinds_of
from test_conformance import chain, pure

from docchain.engine.clock import VirtualClock
from docchain.engine.kinds import Kinds, StepKind
from docchain.engine.local.gates import EngineLimits
from docchain.engine.local.ready import ReadyQueue
from docchain.engine.local.window import Window
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Started


class Called(StepKind):
    """Names who is called."""

    name = "t.called"

    async def run(self, params, context): ...

    def provider(self, params):
        return params["who"]


class Plain(Called):
    """Calls nobody."""

    name = "t.plain"

    def provider(self, params):  # noqa: ARG002 (the contract's signature)
        return ""


def a_run(workspace, priority=0):
    steps = {"t.called": SimpleNamespace(use="t.called"), "t.plain": SimpleNamespace(use="t.plain")}
    return SimpleNamespace(owner=workspace, state=SimpleNamespace(priority=priority), plan=SimpleNamespace(steps=steps))


def queue_of(**limits):
    return ReadyQueue(EngineLimits(**limits), Kinds([Called(), Plain()]), VirtualClock())


def served(queue, count):
    return [item[0].owner for _ in range(count) if (item := queue.pop())]


def test_a_newcomer_behind_95_000_steps_is_served_within_two_rounds():
    queue = queue_of()
    flood, newcomer = a_run(b"flood"), a_run(b"newcomer")
    for _ in range(95_000):
        queue.add(flood, RunStep("t.plain", 1, {}))
    served(queue, 5_000)
    queue.add(newcomer, RunStep("t.plain", 1, {}))
    assert b"newcomer" in served(queue, 2)


def test_workspaces_take_turns_however_much_each_wants():
    queue = queue_of()
    for workspace, wants in ((b"a", 1_000), (b"b", 10), (b"c", 100)):
        run = a_run(workspace)
        for _ in range(wants):
            queue.add(run, RunStep("t.plain", 1, {}))
    assert Counter(served(queue, 30)) == {b"a": 10, b"b": 10, b"c": 10}


def test_the_higher_priority_of_a_workspace_goes_first_and_takes_no_turn_from_others():
    queue = queue_of()
    low, high, other = a_run(b"a", -5), a_run(b"a", 5), a_run(b"b")
    for run in (low, low, other, other, high, high):
        queue.add(run, RunStep("t.plain", 1, {}))
    order = [(item[0].owner, item[0].state.priority) for _ in range(6) if (item := queue.pop())]
    assert [priority for owner, priority in order if owner == b"a"] == [5, 5, -5, -5]
    assert [owner for owner, _ in order[:4]] in ([b"a", b"b", b"a", b"b"], [b"b", b"a", b"b", b"a"])


EVENTS = st.lists(
    st.tuples(st.sampled_from(["add", "add", "pop", "pop", "leave", "unused", "wait"]), st.integers(0, 5)),
    max_size=150,
)
SHAPES = [
    (workspace, priority, step, who)
    for workspace, priority in ((b"a", 0), (b"a", 3), (b"b", 0))
    for step, who in (("t.called", "acme"), ("t.plain", ""))
]
LIMITS = EngineLimits(kinds={"t.plain": 2}, providers={"acme": 1}, workspace=2, rates={"acme": (3, 10.0)})


class Model:
    """What may run, counted apart from the queue."""

    def __init__(self, limits):
        self.clock = VirtualClock()
        self.queue = ReadyQueue(limits, Kinds([Called(), Plain()]), self.clock)
        self.added = self.ended = 0
        self.running = []
        self.begun = []

    def add(self, shape):
        workspace, priority, step, who = shape
        self.added += 1
        self.queue.add(a_run(workspace, priority), RunStep(step, self.added, {"who": who}))

    def pop(self):
        if item := self.queue.pop():
            self.running.append(item)
            if item[1].params["who"] == "acme":
                self.begun.append(self.clock.micros())
            self.check()
            return True
        return False

    def leave(self, place):
        if self.running:
            self.ended += 1
            self.queue.leave(self.running.pop(place % len(self.running))[2])

    def check(self):
        kinds = Counter(item[1].step for item in self.running)
        assert kinds["t.plain"] <= 2
        assert kinds["t.called"] <= 1
        assert max(Counter(item[0].owner for item in self.running).values()) <= 2
        recent = [at for at in self.begun if at > self.clock.micros() - 10_000_000]
        assert len(recent) <= 3

    def wait(self, seconds):
        self.clock.advance(seconds * 1_000_000)
        self.queue.look_again()


@settings(max_examples=200, deadline=None)
@given(EVENTS)
def test_no_step_is_lost_and_no_limit_exceeded(events):
    model = Model(LIMITS)
    for what, number in events:
        match what:
            case "add":
                model.add(SHAPES[number])
            case "pop":
                model.pop()
            case "wait":
                model.wait(number)
            case _:
                model.leave(number)
    for _ in range(20 * (model.added + 1)):
        while model.pop():
            continue
        if model.running:
            model.leave(0)
        else:
            model.wait(11)
        if model.ended == model.added:
            break
    assert model.ended == model.added
    assert not model.queue


def test_the_window_is_shared_and_says_when_there_is_room():
    heard = []
    window = Window(128, lambda: heard.append("room"))
    a, b = UUID(int=1), UUID(int=2)
    for _ in range(100):
        window.enter(a)
    assert window.room(a) == 28
    window.enter(b)
    assert (window.room(a), window.room(b), window.refused) == (0, 63, {a})
    for _ in range(51):
        window.leave(a)
    assert heard == []
    window.leave(a)
    assert (heard, window.refused) == (["room"], frozenset())


async def test_a_flooded_workspace_is_read_no_further_than_its_share_and_another_goes_ahead(tmp_path):
    script = Script(slow=["gate"] * 9)
    driver = LocalDriver(kinds_of(script), tmp_path, limits=EngineLimits(window=64), step_concurrency=100)
    flood = [await driver.start(chain(pure("slow", 1))) for _ in range(200)]
    await driver.open()
    other = await driver.start(chain(pure("quick", 1)), workspace=UUID(int=99))
    assert (await other.until(has_ended)).status == "succeeded"
    assert driver.engine.in_memory == 64
    assert await flood[199].driver.engine.state(flood[199].uuid) is None
    script.gates["slow"].set()
    for run in flood:
        assert (await run.until(has_ended)).status == "succeeded"
    await driver.close()


def flooded(script, folder, doors=None):
    """A window that is full of runs which do not end, and 20,000 queued behind them."""
    return LocalDriver(kinds_of(script), folder, doors=doors, limits=EngineLimits(window=64), step_concurrency=100)


async def many(driver, count):
    first = await driver.start(chain(pure("slow", 1)))
    start = driver.doors.commands[-1]
    ids = [UUID(int=10_000 + number) for number in range(count - 1)]
    return [first, *(driver.order(replace(start, position=driver.doors.next, run_id=run_id)) for run_id in ids)]


async def in_a_second(run, test):
    async with asyncio.timeout(1):
        return await run.until(test)


async def test_orders_of_a_flooded_workspace_take_effect_at_once(tmp_path):
    script = Script(slow=["gate"] * 9)
    driver = flooded(script, tmp_path)
    asked = await driver.start(chain({"id": "ok", "use": "t.ask"}))
    await driver.open()
    await asked.until(lambda state: state.steps["ok"].status == "waiting")
    flood = await many(driver, 20_000)
    async with asyncio.timeout(20):
        await script.reached["slow"].wait()
        await flood[63].until(lambda state: state.started_at > 0)
    await flood[19_000].cancel("flooded by mistake")
    assert (await in_a_second(flood[19_000], has_ended)).status == "cancelled"
    await flood[0].cancel()
    assert (await in_a_second(flood[0], has_ended)).status == "cancelled"
    await asked.signal("ok", {"decision": "approved"})
    assert (await in_a_second(asked, has_ended)).status == "succeeded"
    await flood[19_001].pause()
    assert (await in_a_second(flood[19_001], lambda state: state.status == "paused")).steps["slow"].started_at is None
    assert await driver.engine.state(flood[18_999].uuid) is None
    assert flood[19_000].id not in {run for run, _, _ in script.executed}
    await driver.close()


async def test_a_whole_flood_can_be_cancelled_and_nothing_of_it_runs(tmp_path):
    script = Script(slow=["gate"] * 9)
    driver = flooded(script, tmp_path)
    await driver.open()
    flood = await many(driver, 3_000)
    for run in flood:
        await run.cancel("flooded by mistake")
    assert {(await run.until(has_ended)).status for run in flood} == {"cancelled"}
    assert len(script.executed) <= 100
    assert driver.engine.in_memory <= 100
    await driver.close()


async def test_orders_to_queued_runs_survive_a_restart_in_their_order(tmp_path):
    script, doors = Script(slow=["gate"] * 9), Doors()
    first = flooded(script, tmp_path, doors)
    await first.open()
    flood = await many(first, 2_000)
    await flood[63].until(lambda state: state.started_at > 0)
    await flood[1_000].pause()
    await flood[1_000].until(lambda state: state.status == "paused")
    await first.close()
    second = flooded(script, tmp_path, doors)
    cancelled, paused = (LocalHandle(second, flood[number].uuid) for number in (1_001, 1_000))
    await cancelled.pause()
    await cancelled.resume()
    await cancelled.cancel()
    await second.open()
    assert (await in_a_second(cancelled, has_ended)).status == "cancelled"
    assert (await second.engine.state(paused.uuid)).status == "paused"
    await paused.resume()
    script.gates["slow"].set()
    for run in flood[:1_001] + flood[1_002:]:
        assert (await LocalHandle(second, run.uuid).until(has_ended)).status == "succeeded"
    started = [fact for fact in await second.engine.history(paused.uuid) if isinstance(fact, Started)]
    assert len(started) == 1
    await second.close()
