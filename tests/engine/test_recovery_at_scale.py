"""Many unfinished runs and many timers at once: the start is quick, memory bounded, and every run comes to its end."""

import asyncio
from uuid import UUID

from drivers import WORKSPACE, LocalDriver, has_ended
from scripted import Script, kinds_of
from test_conformance import chain, pure

from docchain.engine.clock import VirtualClock
from docchain.engine.definition import canonical, compile_plan, digest_of, read_spec
from docchain.engine.journal import Batch, SqliteJournal
from docchain.engine.local.gates import EngineLimits
from docchain.engine.machine.facts import Done, Started, Waiting, encode

OTHER = UUID(int=2)
FIRST = 1_000
"""Ids that the driver does not give."""


async def unfinished(folder, kinds, runs, clock, due=None):
    """A journal as a killed engine leaves it: `runs` are ids by workspace."""
    spec = read_spec(chain({"id": "a", "use": "t.hold"}, pure("b", 1), pure("c", 2)))
    compile_plan(spec, kinds)
    now = clock.micros()
    batch = Batch(definitions=[(digest_of(spec), canonical(spec))])
    for workspace, ids in runs.items():
        for run_id in ids:
            facts = [Started(now, digest_of(spec), str(workspace), {})]
            facts.append(Waiting(now, "a", 1, until=due) if due else Done(now, "a", 1))
            batch.entries.append((len(batch.entries) + 1, run_id.bytes, encode(facts)))
            batch.open_runs.append((run_id.bytes, workspace.bytes, int(due is None), due))
    journal = SqliteJournal(folder / "journal.db")
    await journal.open()
    await journal.commit(batch)
    await journal.close()


def ids(count, first=FIRST):
    return [UUID(int=first + number) for number in range(count)]


async def all_over(driver):
    """Wait until the book of open runs is empty; return how many runs were in memory at most."""
    most = 0
    async with asyncio.timeout(60):
        while True:
            driver.committed.clear()  # before the look, or the last commit may come between
            most = max(most, driver.engine.in_memory)
            if not await driver.journal.active_runs() and not await driver.journal.due_after((0, b""), 2**62, 1):
                break
            await driver.committed.wait()
    return most


async def test_unfinished_runs_come_in_a_few_at_a_time_and_all_end(tmp_path):
    script, clock = Script(), VirtualClock()
    kinds = kinds_of(script)
    await unfinished(tmp_path, kinds, {WORKSPACE: ids(3_000), OTHER: ids(10, 9_000)}, clock)
    driver = LocalDriver(kinds, tmp_path, clock)
    await driver.open()
    assert (driver.engine.in_memory, driver.engine.waiting_room) == (0, 3_010)
    new = await driver.start(chain(pure("new", 1)))
    assert (await new.until(has_ended)).status == "succeeded"
    assert driver.engine.waiting_room > 0
    assert await all_over(driver) <= 600
    for run_id in (*ids(3_000)[::500], *ids(10, 9_000)):
        assert (await driver.engine.state(run_id)).status == "succeeded"
    assert len(script.calls) == 2 * 3_010 + 1
    await driver.close()


async def test_a_small_workspace_does_not_wait_for_the_unfinished_runs_of_a_large_one(tmp_path):
    script, clock = Script(b=["gate"]), VirtualClock()
    kinds = kinds_of(script)
    await unfinished(tmp_path, kinds, {WORKSPACE: ids(2_000), OTHER: ids(5, 9_000)}, clock)
    driver = LocalDriver(kinds, tmp_path, clock, step_concurrency=2_000)
    await driver.open()
    small = {str(run_id) for run_id in ids(5, 9_000)}
    async with asyncio.timeout(20):
        while not small <= {run for run, _, _ in script.executed}:  # noqa: ASYNC110 (scripts tell nobody)
            await asyncio.sleep(0.005)
    assert driver.engine.waiting_room > 1_000
    script.gates["b"].set()
    await all_over(driver)
    await driver.close()


async def test_many_timers_of_one_moment_all_fire_and_few_runs_are_in_memory(tmp_path):
    script, clock = Script(), VirtualClock()
    kinds = kinds_of(script)
    due = clock.micros() + 3_600_000_000
    await unfinished(tmp_path, kinds, {WORKSPACE: ids(3_000)}, clock, due)
    driver = LocalDriver(kinds, tmp_path, clock)
    await driver.open()
    await asyncio.sleep(0.05)
    assert (driver.engine.in_memory, script.calls) == (0, [])
    clock.advance(3_600_000_000)
    assert await all_over(driver) <= 1_200
    assert len(script.calls) == 2 * 3_000
    await driver.close()


async def test_timers_of_runs_that_are_held_up_still_fire_on_time(tmp_path):
    """More runs wake than may be in memory, and none of them can go on: their timers are in writing all the same."""
    script, clock = Script(b=["gate"]), VirtualClock()
    kinds = kinds_of(script)
    due = clock.micros() + 3_600_000_000
    await unfinished(tmp_path, kinds, {WORKSPACE: ids(1_500)}, clock, due)
    driver = LocalDriver(kinds, tmp_path, clock, step_concurrency=10, limits=EngineLimits(kinds={"t.pure": 3}))
    await driver.open()
    clock.advance(3_600_000_000)
    async with asyncio.timeout(30):
        while await driver.journal.due_after((0, b""), 2**62, 1):
            driver.committed.clear()
            await asyncio.wait_for(driver.committed.wait(), 10)
    assert driver.engine.in_memory <= 600
    assert driver.engine.waiting_room >= 900
    script.gates["b"].set()
    await all_over(driver)
    assert len(script.calls) == 2 * 1_500
    await driver.close()
