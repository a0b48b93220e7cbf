"""A unit of work is one transaction: all of it or nothing, one after the other, and readers see whole ones."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from docchain.platform.database import Database
from docchain.platform.errors import Conflict
from docchain.platform.ids import new_id
from docchain.platform.work import SYSTEM


def count_of(row):
    return lambda work: work.session.scalar(select(func.count()).select_from(row))


async def test_what_a_transaction_wrote_is_there_for_the_next_reader(database, ana, note_row):
    note = await database.write(lambda work: _add(work, note_row(text="ñandú")), ana)

    assert note.text == "ñandú"
    assert await database.read(lambda work: work.session.get(note_row, note.id).text, ana) == "ñandú"


async def test_an_exception_rolls_all_of_it_back_and_reaches_the_caller(database, ana, note_row):
    def fail(work):
        work.session.add(note_row(text="gone"))
        work.emit("note.created", "note", None)
        work.session.flush()
        raise Conflict("no")

    with pytest.raises(Conflict, match="no"):
        await database.write(fail, ana)
    assert await database.read(count_of(note_row), ana) == 0


async def test_a_read_cannot_change_anything(database, ana, note_row):
    with pytest.raises(DBAPIError):
        await database.read(lambda work: work.session.execute(insert(note_row), [{"text": "sneaked in"}]), ana)
    assert await database.read(count_of(note_row), ana) == 0


async def test_a_hundred_writers_at_once_lose_no_update(database, ana, note_row):
    note = await database.write(lambda work: _add(work, note_row(text="0")), ana)

    def increment(work):
        row = work.session.get(note_row, note.id, with_for_update=True)
        row.text = str(int(row.text) + 1)

    await asyncio.gather(*(database.write(increment, ana) for _ in range(100)))
    assert await database.read(lambda work: work.session.get(note_row, note.id).text, ana) == "100"


async def test_sqlite_writes_are_served_in_the_order_they_came(tmp_path, ana):
    database = Database(f"sqlite:///{tmp_path}/app.db")
    served = []
    await asyncio.gather(*(database.write(lambda _, n=n: served.append(n), ana) for n in range(50)))
    assert served == list(range(50))
    await database.close()


async def test_a_reader_on_sqlite_goes_on_while_a_writer_holds_the_lock(tmp_path, ana):
    database = Database(f"sqlite:///{tmp_path}/app.db")
    writing, go_on = threading.Event(), threading.Event()

    def hold(_work):
        writing.set()
        assert go_on.wait(10)

    writer = asyncio.create_task(database.write(hold, ana))
    await asyncio.to_thread(writing.wait, 10)
    assert await database.read(lambda work: work.session.scalar(text("SELECT 41 + 1")), ana) == 42
    assert not writer.done()
    go_on.set()
    await writer
    await database.close()


async def test_sqlite_syncs_every_commit_and_checks_foreign_keys(tmp_path, ana):
    database = Database(f"sqlite:///{tmp_path}/app.db")

    def pragmas(work):
        return [work.session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]

    assert await database.write(pragmas, ana) == ["wal", 2, 1]
    await database.close()


async def test_callbacks_run_on_the_event_loop_after_the_commit_and_only_then(database, ana, note_row):
    called = []
    loop_thread = threading.get_ident()

    def write(work):
        work.session.add(note_row(text="x"))
        work.after_commit(lambda: called.append(threading.get_ident()))

    def fail(work):
        write(work)
        raise Conflict

    await database.write(write, ana)
    assert called == [loop_thread]
    with pytest.raises(Conflict):
        await database.write(fail, ana)
    await database.read(count_of(note_row), ana)
    assert called == [loop_thread]


async def test_callbacks_run_even_if_the_caller_went_away(tmp_path, ana):
    database = Database(f"sqlite:///{tmp_path}/app.db")
    started, go_on, called = threading.Event(), threading.Event(), asyncio.Event()

    def slow(work):
        started.set()
        assert go_on.wait(10)
        work.after_commit(called.set)

    writer = asyncio.create_task(database.write(slow, ana))
    await asyncio.to_thread(started.wait, 10)
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer
    go_on.set()
    async with asyncio.timeout(10):
        await called.wait()
    await database.close()


async def test_all_rows_of_a_transaction_share_its_moment(database, ana, clock):
    moments = await database.write(lambda work: (work.now, clock.advance(hours=1), work.now), ana)
    assert moments[0] == moments[2] == datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


async def test_times_come_back_in_utc_and_ids_as_they_were(database, ana, note_row):
    madrid = timezone(timedelta(hours=2))
    note_id = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    rows = [{"id": note_id, "text": "x", "written_at": datetime(2026, 7, 1, 14, 30, tzinfo=madrid)}]
    await database.write(lambda work: work.session.execute(insert(note_row), rows) and None, ana)

    found = await database.read(lambda work: work.session.execute(select(note_row.id, note_row.written_at)).one(), ana)
    assert tuple(found) == (note_id, datetime(2026, 7, 1, 12, 30, tzinfo=UTC))


async def test_a_time_without_a_zone_is_refused(database, ana, note_row):
    naive = datetime(2026, 7, 1, 14, 30)  # noqa: DTZ001 - the point
    with pytest.raises(StatementError, match="no time zone"):
        await database.write(lambda work: _add(work, note_row(text="x", written_at=naive)), ana)


async def test_sqlite_keeps_an_id_in_sixteen_bytes_that_sort_by_time(tmp_path, clock):
    database = Database(f"sqlite:///{tmp_path}/app.db", clock=clock)
    ids = [new_id() for _ in range(100)]

    def store(work):
        work.session.execute(text("CREATE TABLE t (id BLOB)"))
        connection = work.session.connection()
        connection.exec_driver_sql("INSERT INTO t VALUES (?)", [(one.bytes,) for one in reversed(ids)])
        return [row[0] for row in connection.exec_driver_sql("SELECT id FROM t ORDER BY id")]

    assert await database.write(store, SYSTEM) == [one.bytes for one in ids]
    await database.close()


def test_an_unknown_database_is_refused_with_what_to_write():
    with pytest.raises(ValueError, match=r"mysql is not supported; use sqlite:///path/to/app.db or postgresql://"):
        Database("mysql://localhost/x")


def _add(work, row):
    work.session.add(row)
    return row


async def test_connections_that_the_server_closed_are_replaced_before_they_are_used(postgres_url, ana):
    database = Database(postgres_url, connections=3)
    asked = text("SELECT pg_backend_pid(), pg_sleep(0.05)")

    async def process() -> int:
        return await database.read(lambda work: work.session.connection().execute(asked).one()[0], ana)

    before = set(await asyncio.gather(*(process() for _ in range(3))))
    ending = text(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'docchain' AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    ended = await database.read(lambda work: work.session.connection().execute(ending).scalars().all(), SYSTEM)
    after = set(await asyncio.gather(*(process() for _ in range(3))))
    await database.close()
    assert (len(before), ended, len(after), len(after - before)) == (3, [True, True], 3, 2)


@pytest.mark.parametrize("ask", ["read", "write"])
async def test_who_is_cancelled_in_the_middle_of_a_statement_hears_just_that(postgres_url, ask):
    """Any other exception would be taken for a failure, and what was to end would try again."""
    database = Database(postgres_url)
    began = asyncio.Event()

    def wait(work):
        with work.inside(new_id()):
            began.set()
            work.session.execute(text("SELECT pg_sleep(60)"))

    asked = asyncio.create_task(getattr(database, ask)(wait, SYSTEM))
    await began.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert await database.read(lambda work: work.session.scalar(text("SELECT 1")), SYSTEM) == 1
    await database.close()
