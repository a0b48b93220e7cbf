"""Events commit with the change they tell of, in commit order, and every reader sees each of them."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from docchain.platform import events
from docchain.platform.cursors import peek_position, set_position
from docchain.platform.database import Database
from docchain.platform.errors import Conflict
from docchain.platform.ids import new_id
from docchain.platform.readers import ReaderLoop
from docchain.platform.work import SYSTEM


def emit(type_, **data):
    return lambda work: work.emit(type_, "note", None, data)


async def all_events(database, actor=SYSTEM):
    return await database.read(lambda work: events.read_after(work.session, 0, 100), actor)


async def positions(database, *names):
    return await database.read(lambda work: [peek_position(work, name) for name in names], SYSTEM)


class Collector:
    """Writes down what it reads, in the database, and fails when told to."""

    def __init__(self, row, name="collector"):
        self.name = name
        self.row = row
        self.failures = 0
        self.seen = asyncio.Event()

    def handle(self, work, found):
        for event in found:
            work.session.add(self.row(text=event.type, workspace_id=event.workspace_id))
        work.session.flush()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the reader failed")
        work.after_commit(self.seen.set)


async def notes(database, row):
    def read(work):
        return [note.text for note in work.session.query(row).order_by(row.id)]

    return await database.read(read, SYSTEM)


async def test_an_event_says_who_did_what_where_and_when(database, ana):
    note_id = new_id()
    await database.write(lambda work: work.emit("note.created", "note", note_id, {"number": 7}), ana)

    [event] = await all_events(database)
    assert (event.position, event.type, event.subject_kind, event.subject_id) == (1, "note.created", "note", note_id)
    assert (event.workspace_id, event.actor, event.data) == (ana.workspace_id, str(ana.user_id), {"number": 7})
    assert event.at == datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


async def test_a_workspace_sees_its_own_events_only(database, ana, bob):
    await database.write(emit("hers"), ana)
    await database.write(emit("his"), bob)
    await database.write(emit("ours"), SYSTEM)
    assert [event.type for event in await all_events(database, bob)] == ["his"]
    assert [event.type for event in await all_events(database)] == ["hers", "his", "ours"]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"password": "x"}, "password"),
        ({"user": {"api_key": "x"}}, "user.api_key"),
        ({"a": [{"Token": 1}]}, "a[0].Token"),
    ],
)
async def test_a_secret_never_enters_the_log(database, ana, data, where):
    with pytest.raises(ValueError, match=rf"would carry a secret in {where.replace('[', chr(92) + '[')}"):
        await database.write(lambda work: work.emit("user.created", "user", None, data), ana)
    assert await all_events(database) == []


async def test_positions_follow_commits_even_if_transactions_overlap(postgres_url, ana, note_row):
    """The first to emit commits last; a reader that has seen the second must still find the first."""
    database = Database(postgres_url)
    await database.write(lambda work: note_row.metadata.create_all(work.session.connection()), SYSTEM)
    early = await _open_transaction(database, ana, "early")
    await database.write(emit("late"), ana)
    reader = Collector(note_row)
    loop = ReaderLoop(database, [reader])
    await loop.catch_up()
    assert await notes(database, note_row) == ["late"]
    await early()
    await loop.catch_up()
    assert await notes(database, note_row) == ["late", "early"]
    await database.close()


async def _open_transaction(database, actor, type_):
    """Begin a transaction that has emitted and written but not committed; return what ends it."""
    emitted, go_on = asyncio.Event(), asyncio.Event()

    def write(work):
        from sqlalchemy.util import await_only  # noqa: PLC0415 - only here, to pause within the transaction

        work.session.connection()
        work.emit(type_, "note", None)
        emitted.set()
        await_only(go_on.wait())

    task = asyncio.create_task(database.write(write, actor))
    await emitted.wait()

    async def finish():
        go_on.set()
        await task

    return finish


async def test_a_reader_catches_up_with_what_happened_before_it_started(database, ana, note_row):
    for number in range(25):
        await database.write(emit(f"event {number:02}"), ana)
    loop = ReaderLoop(database, [Collector(note_row)], batch=10)
    await loop.catch_up()
    assert await notes(database, note_row) == [f"event {number:02}" for number in range(25)]
    await loop.catch_up()
    assert len(await notes(database, note_row)) == 25


async def test_what_a_failed_reader_wrote_is_gone_and_it_starts_where_it_was(database, ana, note_row):
    await database.write(emit("one"), ana)
    reader = Collector(note_row)
    reader.failures = 1
    loop = ReaderLoop(database, [reader])
    with pytest.raises(RuntimeError, match="the reader failed"):
        await loop.catch_up()
    assert await notes(database, note_row) == []
    assert await positions(database, "collector") == [0]
    await loop.catch_up()
    assert await notes(database, note_row) == ["one"]
    assert await positions(database, "collector") == [1]


async def test_a_commit_wakes_the_readers_and_a_failing_one_holds_up_nobody(database, ana, note_row):
    broken, healthy = Collector(note_row, "broken"), Collector(note_row, "healthy")
    broken.failures = 1_000_000
    running = asyncio.create_task(ReaderLoop(database, [broken, healthy], poll=3600).run())
    async with asyncio.timeout(20):
        for number in range(3):
            await database.write(emit(f"event {number}"), ana)
            await healthy.seen.wait()
            healthy.seen.clear()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await notes(database, note_row) == ["event 0", "event 1", "event 2"]
    assert await positions(database, "healthy", "broken") == [3, 0]


async def test_a_transaction_without_events_wakes_nobody(database, ana, note_row):
    woken = []
    database.on_events(lambda: woken.append(1))
    await database.write(lambda work: work.session.add(note_row(text="x")), ana)
    assert woken == []
    await database.write(emit("x"), ana)
    assert woken == [1]


async def test_two_readers_of_one_name_are_refused(database, note_row):
    with pytest.raises(ValueError, match="same name"):
        ReaderLoop(database, [Collector(note_row), Collector(note_row)])


async def test_a_cursor_moves_only_if_its_transaction_commits(database):
    await database.write(lambda work: set_position(work, "journal", 41), SYSTEM)

    def fail(work):
        set_position(work, "journal", 99)
        raise Conflict

    with pytest.raises(Conflict):
        await database.write(fail, SYSTEM)
    assert await positions(database, "journal", "other") == [41, 0]
    await database.write(lambda work: set_position(work, "journal", 42), SYSTEM)
    assert await positions(database, "journal") == [42]


async def test_data_comes_back_as_it_was_in_its_order(database, ana):
    data = {"zeta": 1, "alpha": "ñ\u0000", "nested": {"b": [1.5, None, True], "a": 2**60}}
    await database.write(lambda work: work.emit("x", "note", None, data), ana)
    [event] = await all_events(database)
    assert json.dumps(event.data) == json.dumps(data)
