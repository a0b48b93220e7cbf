"""On SQLite, writers that wait share a commit: nobody is answered before it, and nobody is taken back with another."""

import asyncio
import sqlite3
import threading
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from docchain.platform import sqlite_writer
from docchain.platform.database import Database
from docchain.platform.errors import Conflict
from docchain.platform.full_disk import is_disk_full
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM


@pytest.fixture
async def own(tmp_path, note_row, monkeypatch):
    monkeypatch.setattr(sqlite_writer, "_LONGEST", 60.0)  # however slow this machine is
    database = Database(f"sqlite:///{tmp_path}/app.db")
    await database.write(
        lambda work: Table.metadata.create_all(work.session.connection(), [note_row.__table__]), SYSTEM
    )
    yield database
    await database.close()


@asynccontextmanager
async def held(database, actor):
    """The writer is busy within; what is asked meanwhile waits behind it."""
    began, go_on = threading.Event(), threading.Event()

    def hold(_work):
        began.set()
        assert go_on.wait(10)

    writer = asyncio.create_task(database.write(hold, actor))
    await asyncio.to_thread(began.wait, 10)
    yield
    await asyncio.sleep(0)  # whoever was asked within has come to the queue
    go_on.set()
    await writer


def raw(work):
    return work.session.connection().connection.dbapi_connection


def texts(note_row):
    return lambda work: work.session.scalars(select(note_row.text).order_by(note_row.text)).all()


def adding(note_row, word, *, fails=False):
    def add(work):
        work.session.add(note_row(text=word))
        work.session.flush()
        if fails:
            raise Conflict(word)
        return word

    return add


async def test_those_who_wait_share_one_commit(own, ana, note_row):
    said = []
    await own.write(lambda work: raw(work).set_trace_callback(said.append), ana)
    said.clear()
    async with held(own, SYSTEM):
        waiting = asyncio.gather(*(own.write(adding(note_row, f"{n:02}"), ana) for n in range(20)))
    assert await waiting == [f"{n:02}" for n in range(20)]
    assert (said.count("COMMIT"), said.count("BEGIN IMMEDIATE")) == (2, 2)
    assert await own.read(texts(note_row), ana) == [f"{n:02}" for n in range(20)]


async def test_one_that_fails_takes_back_its_own_and_nothing_else(own, ana, note_row):
    words = ["a", "b", "c", "d", "e"]
    async with held(own, SYSTEM):
        asked = (own.write(adding(note_row, word, fails=word in "ace"), ana) for word in words)
        waiting = asyncio.gather(*asked, return_exceptions=True)
    answers = await waiting
    assert [str(answer) if isinstance(answer, Conflict) else answer for answer in answers] == words
    assert [type(answer) for answer in answers] == [Conflict, str, Conflict, str, Conflict]
    assert await own.read(texts(note_row), ana) == ["b", "d"]


async def test_a_broken_rule_of_the_database_fails_only_who_broke_it(own, ana, note_row):
    def twice(work):
        work.session.add(note_row(text="z"))
        work.session.flush()
        work.session.connection().execute(text("INSERT INTO test_note SELECT * FROM test_note"))

    async with held(own, SYSTEM):
        asked = (own.write(adding(note_row, "a"), ana), own.write(twice, ana), own.write(adding(note_row, "b"), ana))
        waiting = asyncio.gather(*asked, return_exceptions=True)
    first, broken, last = await waiting
    assert (first, last) == ("a", "b")
    assert "UNIQUE constraint failed" in str(broken)
    assert await own.read(texts(note_row), ana) == ["a", "b"]


async def test_nobody_is_answered_before_others_can_see_it(own, ana, note_row, tmp_path):
    seen = []
    other = sqlite3.connect(f"{tmp_path}/app.db")

    async def write(word):
        await own.write(adding(note_row, word), ana)
        seen.append(other.execute("SELECT count(*) FROM test_note WHERE text = ?", (word,)).fetchone()[0])

    async with held(own, SYSTEM):
        waiting = asyncio.gather(*(write(f"{n}") for n in range(8)))
    await waiting
    other.close()
    assert seen == [1] * 8


async def test_a_full_disk_refuses_all_of_a_commit_and_keeps_none_of_it(own, ana, note_row):
    def limit(work, pages):
        raw(work).execute(f"PRAGMA max_page_count = {pages}")

    await own.write(lambda work: limit(work, 1), ana)  # no page more than there are
    async with held(own, SYSTEM):
        asked = (own.write(adding(note_row, word * 20_000), ana) for word in "abc")
        waiting = asyncio.gather(*asked, return_exceptions=True)
    assert [is_disk_full(answer) for answer in await waiting] == [True, True, True]
    assert await own.read(texts(note_row), ana) == []
    await own.write(lambda work: limit(work, 1_000), ana)
    assert await own.write(adding(note_row, "again"), ana) == "again"
    assert await own.read(texts(note_row), ana) == ["again"]


async def test_what_the_system_does_in_its_own_name_keeps_no_request_waiting(own, ana, note_row):
    said = []
    await own.write(lambda work: raw(work).set_trace_callback(said.append), ana)
    said.clear()
    async with held(own, SYSTEM):
        asked = (
            own.write(adding(note_row, "a"), ana),
            own.write(lambda _: None, SYSTEM),
            own.write(adding(note_row, "b"), ana),
        )
        waiting = asyncio.gather(*asked)
    await waiting
    assert said.count("COMMIT") == 4


async def test_a_caller_who_went_away_before_its_turn_changes_nothing(own, ana, note_row):
    async with held(own, SYSTEM):
        gone = asyncio.create_task(own.write(adding(note_row, "gone"), ana))
        stays = asyncio.create_task(own.write(adding(note_row, "stays"), ana))
        await asyncio.sleep(0)
        gone.cancel()
    assert await stays == "stays"
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await own.read(texts(note_row), ana) == ["stays"]


async def test_who_listens_and_fails_keeps_nobody_from_the_answer(own, ana, note_row):
    def fail():
        raise ValueError("a listener")

    def add(work):
        work.after_commit(fail)
        return adding(note_row, "a")(work)

    told = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(str(context["exception"])))
    async with asyncio.timeout(10):
        assert await own.write(add, ana) == "a"
    assert told == ["a listener"]
    assert await own.read(texts(note_row), ana) == ["a"]


async def test_a_database_that_cannot_be_opened_says_so_to_each_who_asks(tmp_path, ana):
    (tmp_path / "app.db").mkdir()
    database = Database(f"sqlite:///{tmp_path}/app.db")
    for _ in range(2):
        with pytest.raises(DBAPIError, match="unable to open database file"):
            await database.write(lambda _: None, ana)
    await database.close()
    with pytest.raises(RuntimeError, match="closed"):
        await database.write(lambda _: None, ana)
