"""Seats in several processes: one executes, all answer; a lost lease ends execution, and another one goes on."""

import asyncio
import contextlib
from uuid import UUID

import asyncpg
import pytest
from drivers import WORKSPACE, Doors
from scripted import Script, kinds_of
from test_conformance import chain, pure, send

from docchain.engine.definition import canonical, digest_of, read_spec
from docchain.engine.doors import CancelRun, StartRun
from docchain.engine.expressions import Expression
from docchain.engine.journal.port import COMMANDS
from docchain.engine.local import EngineOptions
from docchain.engine.seat import EngineSeat
from docchain.engine.seating import SeatOptions

PATIENCE = 20


class House:
    """Several seats over one database, each with kinds of its own, as processes have."""

    def __init__(self, url):
        self.url = url
        self.doors = Doors()
        self.seats = []

    async def seat(self, name, script, **options):
        made = {"seconds": 1.0, "poll": 0.1, "holder": name} | options
        engine = EngineOptions(poll=0.2)
        seat = EngineSeat(self.url, kinds_of(script), self.doors, engine, SeatOptions(**made))
        self.seats.append(seat)
        await seat.start()
        return seat

    def order(self, definition):
        spec = read_spec(definition)
        self.doors.definitions[digest_of(spec)] = canonical(spec)
        command = StartRun(self.doors.next, UUID(int=self.doors.next), WORKSPACE, digest_of(spec), {})
        self.doors.commands.append(command)
        return command.run_id

    async def sql(self, statement, *arguments):
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(statement, *arguments)
        finally:
            await connection.close()

    async def usurp(self):
        """As another process would after the holder stood still for long."""
        await self.sql(
            "UPDATE journal.lease SET epoch = epoch + 1, holder = 'usurper', expires = clock_timestamp() + '2 seconds'"
        )


@pytest.fixture
async def house(postgres_url):
    opened = House(postgres_url)
    yield opened
    for seat in opened.seats:
        await seat.stop(0)


async def executing(seat):
    async with asyncio.timeout(PATIENCE):
        while not seat.executes:  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(0.01)


async def test_one_of_two_executes_and_both_answer(house):
    first = await house.seat("first", Script())
    await executing(first)
    second = await house.seat("second", Script())
    run = house.order(chain(pure("a", 41), output="${steps.a.value + 1}"))
    first.wake()
    states = await asyncio.gather(first.wait(run, PATIENCE), second.wait(run, PATIENCE))
    assert [(state.status, state.output) for state in states] == [("succeeded", 42)] * 2
    assert not second.executes
    assert [type(fact).__name__ for fact in await second.history(run)] == ["Started", "Done", "Ended"]
    assert (await second.state(run)).output == 42
    entries = [entry.position for entry in await second.entries_after(0)]
    assert entries == [entry.position for entry in await first.entries_after(0)]
    assert len(entries) >= 1
    assert (first.trouble, second.trouble) == (None, None)


async def test_the_executing_seat_counts_the_runs_that_the_engine_broke_on(house, monkeypatch):
    def broken(_expression, _scope):
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(Expression, "evaluate", broken)
    first = await house.seat("first", Script())
    await executing(first)
    second = await house.seat("second", Script())
    house.order(chain(pure("a", 1, when="1 == 1")))
    first.wake()
    async with asyncio.timeout(PATIENCE):
        while not first.broken:  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(0.01)
    assert (first.broken, second.broken, first.trouble) == (1, 0, None)


async def test_every_seat_knows_its_role_and_who_executes(house):
    first = await house.seat("first", Script())
    await executing(first)
    second = await house.seat("second", Script())
    third = await house.seat("third", Script(), competes=False)
    await seen(second, "first")
    await seen(third, "first")
    assert [(seat.role, seat.holder) for seat in (first, second, third)] == [
        ("executes", "first"),
        ("stands_by", "first"),
        ("serves", "first"),
    ]
    await first.stop(0)
    await executing(second)
    await seen(third, "second")
    await second.stop(0)
    await seen(third, None)


async def seen(seat, holder):
    async with asyncio.timeout(PATIENCE):
        while seat.holder != holder:  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(0.01)


async def test_who_asks_to_be_told_of_commits_while_the_engine_starts_is_told(house):
    await (await house.seat("past", Script())).stop(0)
    holding = await asyncpg.connect(house.url)
    locked = holding.transaction()
    await locked.start()
    await holding.execute("LOCK TABLE journal.cursor IN ACCESS EXCLUSIVE MODE")
    seat = await house.seat("first", Script(), seconds=30)
    async with asyncio.timeout(PATIENCE):
        while await house.sql("SELECT holder FROM journal.lease") != "first":  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(0.01)
    assert not seat.executes
    told = asyncio.Event()
    seat.on_commit(told.set)
    await locked.commit()
    await holding.close()
    await executing(seat)
    told.clear()
    house.order(chain(pure("a", 1)))
    seat.wake()
    await asyncio.wait_for(told.wait(), PATIENCE)


async def test_a_notification_of_the_doors_wakes_the_executor(house):
    seat = await house.seat("first", Script())
    await executing(seat)
    run = house.order(chain(pure("a", 1)))
    await house.sql("SELECT pg_notify($1, '')", COMMANDS)
    assert (await seat.wait(run, PATIENCE)).status == "succeeded"


async def test_a_stopped_seat_hands_over_at_once(house):
    first = await house.seat("first", Script(a=["gate ok"]), seconds=60)
    await executing(first)
    second = await house.seat("second", Script(), seconds=60, poll=30)
    run = house.order(chain(pure("a", 1)))
    first.wake()
    waiting = asyncio.create_task(second.wait(run, PATIENCE))
    house.seats.remove(first)
    await first.stop(0)
    await asyncio.wait_for(executing(second), 5)
    assert (await waiting).status == "succeeded"


async def test_who_lost_the_lease_commits_nothing_calls_nobody_and_stands_by(house):
    script, other = Script(a=["gate ok"]), Script()
    first = await house.seat("first", script)
    await executing(first)
    run = house.order(chain(pure("a", 1), send("b")))
    first.wake()
    await asyncio.wait_for(script.reached["a"].wait(), PATIENCE)
    waiting = asyncio.create_task(first.wait(run, PATIENCE))
    async with asyncio.timeout(PATIENCE):
        while not await first.history(run):  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(0.01)
    await house.usurp()
    script.gates["a"].set()
    async with asyncio.timeout(PATIENCE):
        while first.executes:  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(0.01)
    assert script.happened.count(f"{run}:b") == 0
    assert [type(fact).__name__ for fact in await first.history(run)] == ["Started"]
    second = await house.seat("second", other)
    assert (await waiting).status == "succeeded"
    assert (script.happened + other.happened).count(f"{run}:b") == 1
    assert first.executes != second.executes


async def test_a_seat_that_does_not_compete_never_executes_and_says_when_nobody_does(house):
    door = await house.seat("door", Script(), competes=False, patience=0.2)
    run = house.order(chain(pure("a", 1)))
    async with asyncio.timeout(PATIENCE):
        while door.trouble is None:  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(0.01)
    assert str(door.trouble) == "No process executes runs: start `docchain worker` or a server that executes."
    waiting = asyncio.create_task(door.wait(run, PATIENCE))
    worker = await house.seat("worker", Script())
    assert (await waiting).status == "succeeded"
    async with asyncio.timeout(PATIENCE):
        while door.trouble is not None:  # noqa: ASYNC110 (the same)
            await asyncio.sleep(0.01)
    assert (door.executes, worker.executes) == (False, True)


async def test_loops_run_where_the_engine_does(house):
    running = []

    def loop_of(name):
        async def loop():
            running.append(name)
            try:
                await asyncio.Event().wait()
            finally:
                running.remove(name)

        return loop

    first = await house.seat("first", Script())
    first.alongside(loop_of("first"))
    await executing(first)
    second = await house.seat("second", Script())
    second.alongside(loop_of("second"))
    async with asyncio.timeout(PATIENCE):
        while running != ["first"]:  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(0.01)
    house.seats.remove(first)
    await first.stop(0)
    await executing(second)
    assert running == ["second"]


async def test_a_restarted_database_is_waited_for_and_nothing_is_lost(tmp_path):  # noqa: ARG001 (a server of its own)
    from postgres_server import PostgresServer  # noqa: PLC0415 (this test alone kills one)

    server = PostgresServer(durable=True)
    await asyncio.to_thread(server.start)
    house = House(await server.make_database())
    try:
        script = Script(a=["gate ok"])
        seat = await house.seat("first", script)
        await executing(seat)
        runs = [house.order(chain(pure("a", 1), send("b")))]
        seat.wake()
        await asyncio.wait_for(script.reached["a"].wait(), PATIENCE)
        await asyncio.to_thread(server.stop)
        script.gates["a"].set()
        async with asyncio.timeout(PATIENCE):
            while seat.trouble is None:  # noqa: ASYNC110 (no event tells of it)
                await asyncio.sleep(0.01)
        runs.append(house.order(chain(pure("c", 1))))
        await asyncio.to_thread(server.start)
        for run in runs:
            assert (await seat.wait(run, PATIENCE)).status == "succeeded"
        assert script.happened.count(f"{runs[0]}:b") == 1
        assert seat.trouble is None
    finally:
        with contextlib.suppress(Exception):
            for seat in house.seats:
                await seat.stop(0)
        await asyncio.to_thread(server.remove)


async def test_commands_for_a_run_reach_it_wherever_it_is_executed(house):
    script = Script(a=["gate ok"])
    first = await house.seat("first", script)
    await executing(first)
    run = house.order(chain(pure("a", 1)))
    first.wake()
    await asyncio.wait_for(script.reached["a"].wait(), PATIENCE)
    house.seats.remove(first)
    await first.stop(0)
    second = await house.seat("second", Script(a=["gate ok"]))
    house.doors.commands.append(CancelRun(house.doors.next, run, WORKSPACE, "ana", "enough"))
    assert (await second.wait(run, PATIENCE)).status == "cancelled"
