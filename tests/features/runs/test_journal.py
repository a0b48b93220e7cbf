"""The run list and the events of runs, as the journal's reader writes them."""

import asyncio
from datetime import UTC, datetime

import pytest

from docchain.engine import LocalEngine
from docchain.engine.definition import canonical, compile_plan, read_spec
from docchain.engine.doors import Cursors, JournalEntry, StartRun
from docchain.engine.journal import SqliteJournal
from docchain.engine.kinds import Effect, Kinds, OutcomeUnknown, Params, Result, StepKind
from docchain.engine.machine.facts import Called, Done, Ended, Signalled, Started, Unknown, Waiting
from docchain.features.runs import CommandLog, JournalLoop, LiveRuns, RunFilter, RunOrder, RunProjector, RunService
from docchain.features.runs.errors import StepNotWaiting
from docchain.features.runs.schemas import ResolveRequest
from docchain.platform.database import Database
from docchain.platform.events import read_after
from docchain.platform.ids import new_id
from docchain.platform.pagination import PageRequest
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM, Actor

AT = 1_763_803_800_000_000
HOME = new_id()
ANA = Actor(new_id(), "ana", HOME)


class Send(StepKind):
    """Send something whose answer never comes."""

    name = "test.send"
    effect = Effect.EXTERNAL
    params = Params
    result = Result

    async def run(self, _params, _context):
        raise OutcomeUnknown("no answer came")


PARKING = read_spec({"workflow": "parking", "steps": [{"id": "send", "use": "test.send"}]})


class Pages:
    """A journal that was written down beforehand."""

    def __init__(self, *entries):
        self.entries = [JournalEntry(position, run_id, facts) for position, (run_id, facts) in enumerate(entries, 1)]

    async def entries_after(self, position, limit):
        return self.entries[position : position + limit]

    def on_commit(self, callback):
        self.callback = callback


def _started(workspace=HOME, **attributes):
    return Started(AT, "d1", str(workspace), {"x": 1}, "ana", "chain", attributes)


@pytest.fixture
async def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/app.db")
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    yield database
    await database.close()


async def _runs(database, actor=ANA, wanted=RunFilter()):  # noqa: B008 - frozen
    return (await database.read(lambda work: RunService(work).list(wanted, PageRequest()), actor)).items


async def _events(database):
    return await database.read(lambda work: read_after(work.session, 0, 100), SYSTEM)


async def test_a_run_that_starts_and_ends_in_one_entry_is_one_row_and_two_events(database):
    run_id, workflow_id = new_id(), new_id()
    facts = [
        _started(workflow_id=str(workflow_id), workflow_number=7, workflow_version=2, origin="cli"),
        Done(AT + 1_000, "a", 1, {"x": 2}),
        Ended(AT + 2_000, "succeeded", {"x": 2}),
    ]
    await JournalLoop(database, Pages((run_id, facts)), [RunProjector()]).catch_up()
    (run,) = await _runs(database)
    assert (run.id, run.handle, run.status, run.output) == (run_id, "run_1", "succeeded", {"x": 2})
    assert (run.workflow, run.workflow_version, run.origin, run.label) == ("workflow_7", 2, "cli", "chain")
    assert run.started_at == datetime(2025, 11, 22, 9, 30, tzinfo=UTC)
    assert run.ended_at == datetime(2025, 11, 22, 9, 30, 0, 2_000, tzinfo=UTC)
    events = await _events(database)
    about = {"run": "run_1", "workflow": "chain", "workflow_id": str(workflow_id)}
    assert [(event.type, event.subject_id, event.workspace_id, event.data) for event in events] == [
        ("run.started", run_id, HOME, about),
        ("run.finished", run_id, HOME, {**about, "status": "succeeded"}),
    ]


async def test_a_run_is_followed_across_batches(database):
    run_id = new_id()
    pages = Pages(
        (run_id, [_started(), Waiting(AT + 1, "ask", 1, "answer", request={"kind": "approval"})]),
        (
            run_id,
            [Signalled(AT + 2, "ask", "answer", {"decision": "approved"}), Waiting(AT + 3, "nap", 1, until=AT + 9)],
        ),
        (run_id, [Done(AT + 9, "nap", 1), Ended(AT + 9, "succeeded")]),
    )
    seen = []
    for count in (1, 2, 3):
        loop = JournalLoop(
            database, Pages(*((entry.run_id, entry.facts) for entry in pages.entries[:count])), [RunProjector()]
        )
        await loop.catch_up()
        (run,) = await _runs(database)
        seen.append((run.status, run.waits))
    assert seen == [("waiting", {"ask": "approval"}), ("waiting", {"nap": "time"}), ("succeeded", {})]


async def test_a_run_waits_for_the_run_it_called(database):
    run_id = new_id()
    called = (run_id, [_started(), Called(AT + 1, "call", 1, str(new_id()), "d2", {})])
    await JournalLoop(database, Pages(called), [RunProjector()]).catch_up()
    assert [(run.status, run.waits) for run in await _runs(database)] == [("waiting", {"call": "run"})]
    ended = (run_id, [Done(AT + 2, "call", 1), Ended(AT + 2, "succeeded")])
    await JournalLoop(database, Pages(called, ended), [RunProjector()]).catch_up()
    assert [(run.status, run.waits) for run in await _runs(database)] == [("succeeded", {})]


async def test_each_workspace_numbers_its_own_runs(database):
    other = Actor(new_id(), "eve", new_id())
    ids = [new_id() for _ in range(4)]
    owners = [HOME, other.workspace_id, HOME, HOME]
    pages = Pages(*((run_id, [_started(owner)]) for run_id, owner in zip(ids, owners, strict=True)))
    await JournalLoop(database, pages, [RunProjector()], batch=2).catch_up()
    assert [(run.handle, run.id) for run in await _runs(database)] == [
        ("run_3", ids[3]),
        ("run_2", ids[2]),
        ("run_1", ids[0]),
    ]
    assert [(run.handle, run.id) for run in await _runs(database, other)] == [("run_1", ids[1])]


async def test_a_large_output_stays_out_of_the_list(database):
    facts = [_started(), Ended(AT, "succeeded", {"text": "x" * 20_000})]
    await JournalLoop(database, Pages((new_id(), facts)), [RunProjector()]).catch_up()
    assert [(run.status, run.output) for run in await _runs(database)] == [("succeeded", None)]


async def test_what_readers_write_commits_with_the_cursor_or_not_at_all(database):
    class Failing:
        name = "failing"
        fails = True

        def handle(self, _work, _entries):
            if self.fails:
                raise ValueError("not today")

    failing = Failing()
    pages = Pages((new_id(), [_started(), Ended(AT, "succeeded")]))
    loop = JournalLoop(database, pages, [RunProjector(), failing])
    with pytest.raises(ValueError, match="not today"):
        await loop.catch_up()
    assert await _runs(database) == []
    failing.fails = False
    await loop.catch_up()
    await loop.catch_up()
    assert [run.handle for run in await _runs(database)] == ["run_1"]
    assert [event.type for event in await _events(database)] == ["run.started", "run.finished"]


async def test_two_processes_that_read_in_turn_write_everything_once(database):
    ended = Pages(*((new_id(), [_started(), Ended(AT, "succeeded")]) for _ in range(5))).entries
    one, other = Pages(), Pages()
    loops = {pages: JournalLoop(database, pages, [RunProjector()]) for pages in (one, other)}
    for count, pages in ((1, one), (2, other), (4, one), (5, other), (5, one)):
        pages.entries = ended[:count]
        await loops[pages].catch_up()
        assert [run.id for run in await _runs(database)] == [entry.run_id for entry in reversed(ended[:count])]
    assert len(await _events(database)) == 10


async def test_a_parked_effect_is_shown_and_settled_by_a_person(database, tmp_path):
    kinds = Kinds([Send()])
    engine = LocalEngine(SqliteJournal(tmp_path / "journal.db"), kinds, CommandLog(database))
    loop = JournalLoop(database, engine, [RunProjector()])
    parked = asyncio.Event()
    engine.on_commit(parked.set)
    await engine.start()
    run = await database.write(lambda work: RunService(work).start(RunOrder(PARKING, {})), ANA)
    engine.wake()
    async with asyncio.timeout(10):
        while not any(isinstance(fact, Unknown) for fact in await engine.history(run.id)):
            await parked.wait()
            parked.clear()
    await loop.catch_up()
    (shown,) = await _runs(database, wanted=RunFilter(in_doubt=True))
    assert (shown.status, shown.waits) == ("waiting", {"send": "in_doubt"})
    detail = await LiveRuns(engine).detail(shown)
    assert [(attempt.outcome, attempt.message) for attempt in detail.steps[0].attempts] == [
        ("unknown", "no answer came")
    ]
    with pytest.raises(StepNotWaiting, match="'send' is parked: say what became of its effect"):
        await LiveRuns(engine).check_wait(shown, "send", "resolve")
    await LiveRuns(engine).check_parked(shown, "send")
    answer = ResolveRequest(step="send", outcome="confirmed")
    await database.write(lambda work: RunService(work).resolve("run_1", answer), ANA)
    engine.wake()
    await engine.wait(run.id, 10)
    await loop.catch_up()
    await engine.stop()
    assert [(run.status, run.in_doubt) for run in await _runs(database)] == [("succeeded", False)]


async def test_commands_wait_for_an_engine_and_are_removed_when_their_run_has_ended(database, tmp_path):
    await database.write(
        lambda work: RunService(work).start(RunOrder(read_spec({"workflow": "empty"}), {"a": 1}, ["mind the gap"])), ANA
    )
    (queued,) = await _runs(database)
    assert (queued.status, queued.warnings) == ("queued", ["mind the gap"])
    source = CommandLog(database)
    (command,) = await source.starts_after(Cursors(), 10)
    assert (command.run_id, command.inputs, command.actor, command.label) == (queued.id, {"a": 1}, "ana", "empty")
    assert await source.definition(command.definition) == '{"workflow":"empty"}'
    engine = LocalEngine(SqliteJournal(tmp_path / "journal.db"), Kinds(), source)
    await engine.start()
    await engine.wait(queued.id, 10)
    await JournalLoop(database, engine, [RunProjector()]).catch_up()
    await engine.stop()
    assert [(run.handle, run.status) for run in await _runs(database)] == [("run_1", "succeeded")]
    assert await source.starts_after(Cursors(), 10) == []


async def test_a_run_started_at_the_engine_appears_in_the_list(database, tmp_path):
    spec, kinds = read_spec({"workflow": "direct", "output": 3}), Kinds()
    engine = LocalEngine(SqliteJournal(tmp_path / "journal.db"), kinds)
    loop = JournalLoop(database, engine, [RunProjector()])
    await engine.start()
    written = asyncio.Event()
    database.on_events(written.set)
    reading = asyncio.create_task(loop.run())
    run_id = new_id()
    engine.submit(StartRun(0, run_id, HOME, "", {}, "ana"), compile_plan(spec, kinds), canonical(spec))
    await asyncio.wait_for(written.wait(), 10)
    reading.cancel()
    await engine.stop()
    assert [(run.id, run.status, run.output) for run in await _runs(database)] == [(run_id, "succeeded", 3)]
