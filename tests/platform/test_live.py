"""The live feed tells every committed event once, in order, and answers what was before from memory or the log."""

import asyncio

import pytest

from docchain.platform.database import Database
from docchain.platform.events import read_after
from docchain.platform.live import LiveFeed
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM, Actor


async def emit(database: Database, actor: Actor, *names: str) -> None:
    await database.write(lambda work: [work.emit(name, "note", None) for name in names], actor)


@pytest.fixture
async def heard(database):
    feed, told, news = LiveFeed(database, keep=4, poll=30), [], asyncio.Event()

    def listen(events) -> None:
        told.extend(events)
        news.set()

    feed.subscribe(listen)

    async def until(count: int) -> list[str]:
        async with asyncio.timeout(10):
            while len(told) < count:
                await news.wait()
                news.clear()
        return [event.type for event in told]

    return feed, until


async def test_it_begins_at_the_head_and_tells_what_is_committed_then(database, ana, heard):
    feed, until = heard
    await emit(database, ana, "before")
    async with feed.following():
        assert feed.position == 1
        await emit(database, ana, "one", "two")
        assert await until(2) == ["one", "two"]
        assert feed.position == 3


async def test_it_answers_from_memory_and_what_it_forgot_from_the_log(database, ana, bob, heard):
    feed, until = heard
    await emit(database, ana, "old")
    async with feed.following():
        for number in range(1, 9):
            await emit(database, ana if number % 2 else bob, f"n{number}")
            await until(number)
        assert [event.type for event in await feed.after(0, 3)] == ["old", "n1", "n2"]
        assert [event.type for event in await feed.after(7, 9)] == ["n7", "n8"]
        assert [event.type for event in await feed.after(0, 9, workspace_id=bob.workspace_id)] == [
            "n2",
            "n4",
            "n6",
            "n8",
        ]
        assert [event.type for event in await feed.after(6, 9, until=8, workspace_id=bob.workspace_id)] == ["n6"]


async def test_a_listener_that_fails_or_left_holds_up_nobody(database, ana, heard):
    feed, until = heard
    left = []
    feed.subscribe(left.append)()
    feed.subscribe(lambda _: 1 / 0)
    async with feed.following():
        await emit(database, ana, "one")
        assert await until(1) == ["one"]
        await emit(database, ana, "two")
        assert await until(2) == ["one", "two"]
    assert left == []


async def test_what_one_process_commits_another_tells_at_once(postgres_url, ana):
    here, there = Database(postgres_url), Database(postgres_url)
    await here.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    feed, news = LiveFeed(there, poll=30), asyncio.Queue()
    feed.subscribe(news.put_nowait)
    async with feed.following():
        await emit(here, ana, "first")
        assert [event.type for event in await asyncio.wait_for(news.get(), 10)] == ["first"]
        kept = await here.read(lambda work: read_after(work.session, 0, 9), SYSTEM)
        assert [event.position for event in kept] == [feed.position]
    await here.close()
    await there.close()
