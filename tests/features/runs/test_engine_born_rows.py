"""Rows of runs that no door ordered: the engine or another run started them."""

from datetime import UTC, datetime

import pytest

from docchain.engine.doors import JournalEntry
from docchain.engine.machine.facts import Ended, Parent, Paused, Started, Waiting
from docchain.features.runs import JournalLoop, RunProjector
from docchain.features.runs.tables import RunRow
from docchain.platform.database import Database
from docchain.platform.events import read_after
from docchain.platform.ids import new_id
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM, Actor

AT = 1_763_803_800_000_000
HOME = new_id()
ANA = Actor(new_id(), "ana", HOME)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    return f"sqlite:///{tmp_path}/app.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    yield database
    await database.close()


async def row_of(database, *facts):
    run_id = new_id()
    await database.write(lambda work: RunProjector().handle(work, [JournalEntry(1, run_id, list(facts))]), SYSTEM)
    return await database.read(lambda work: work.session.get(RunRow, run_id), ANA)


def started(attributes, **settings):
    return Started(AT, "d1", str(HOME), {"x": 1}, "ana", "chain", attributes, **settings)


async def test_a_child_run_names_its_parent_and_is_not_listed_by_itself(database):
    parent, workflow = new_id(), new_id()
    attributes = {"origin": "workflow", "workflow_id": str(workflow), "workflow_number": 3, "workflow_version": 2}
    row = await row_of(
        database,
        started(attributes, parent=Parent(str(parent), "sub[4]", 1), priority=5),
        Ended(AT + 7, "succeeded", {"y": 2}),
    )
    assert (row.parent_id, row.parent_step, row.listed, row.origin) == (parent, "sub[4]", False, "workflow")
    assert (row.workflow_id, row.workflow_number, row.workflow_version) == (workflow, 3, 2)
    assert (row.mode, row.priority, row.status, row.output) == ("normal", 5, "succeeded", {"y": 2})


async def test_a_row_that_is_there_is_updated_and_its_events_follow(database):
    run_id = new_id()
    for position, fact in enumerate([started({}), Waiting(AT + 1, "ask", 1, "answer"), Paused(AT + 2)], 1):
        entry = JournalEntry(position, run_id, [fact])
        await database.write(lambda work, entry=entry: RunProjector().handle(work, [entry]), SYSTEM)
    row = await database.read(lambda work: work.session.get(RunRow, run_id), ANA)
    assert (row.status, row.waits, row.number) == ("paused", {"ask": "answer"}, 1)
    events = await database.read(lambda work: read_after(work.session, 0, 10), ANA)
    assert [(event.type, event.data) for event in events] == [
        ("run.started", {"run": "run_1", "workflow": "chain"}),
        ("run.waiting", {"run": "run_1", "workflow": "chain", "step": "ask", "for": "answer"}),
        ("run.paused", {"run": "run_1", "workflow": "chain"}),
    ]


async def test_a_run_started_at_the_engine_says_how_it_runs_and_when(database):
    source = new_id()
    attributes = {"source_id": str(source), "source_how": "fork"}
    row = await row_of(database, started(attributes, dry=True, not_before=AT + 60_000_000))
    assert (row.origin, row.listed, row.mode, row.status) == ("engine", True, "dry", "queued")
    assert (row.source_id, row.source_how, row.parent_id) == (source, "fork", None)
    assert row.start_at == datetime(2025, 11, 22, 9, 31, tzinfo=UTC)
    assert (row.created_at, row.started_at) == (datetime(2025, 11, 22, 9, 30, tzinfo=UTC), None)


class Pages:
    """A journal that was written down beforehand."""

    def __init__(self, *entries):
        self._entries = entries

    async def entries_after(self, position, limit):
        return self._entries[position : position + limit]

    def on_commit(self, callback):
        self.callback = callback


async def test_the_journal_is_followed_in_batches(database):
    entries = [JournalEntry(at, new_id(), [started({}), Ended(AT + at, "succeeded", at)]) for at in range(1, 8)]
    await JournalLoop(database, Pages(*entries), [RunProjector()], batch=3).catch_up()
    rows = await database.read(lambda work: work.session.query(RunRow).order_by(RunRow.number).all(), ANA)
    assert [(row.id, row.number, row.output) for row in rows] == [(e.run_id, e.position, e.position) for e in entries]
