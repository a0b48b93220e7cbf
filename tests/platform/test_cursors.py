"""Who reads the same log twice at once: one waits for the other, from the very first batch on."""

import asyncio

from docchain.platform.cursors import get_position, peek_position, set_position
from docchain.platform.database import Database
from docchain.platform.readers import ReaderLoop
from docchain.platform.schema import ensure_current
from docchain.platform.work import SYSTEM


async def test_two_processes_do_not_both_take_the_first_batch(postgres_url):
    """Before its first move a cursor has no row that could be locked."""
    await ensure_current(postgres_url)
    one, other = Database(postgres_url), Database(postgres_url)
    claimed, go_on = asyncio.Event(), asyncio.Event()
    taken = []

    def take(work, pause):
        from sqlalchemy.util import await_only  # noqa: PLC0415 - only here, to pause within the transaction

        position = get_position(work, "log")
        if pause:
            claimed.set()
            await_only(go_on.wait())
        if position == 0:
            taken.append(work)
            set_position(work, "log", 7)

    first = asyncio.create_task(one.write(lambda work: take(work, pause=True), SYSTEM))
    await claimed.wait()
    second = asyncio.create_task(other.write(lambda work: take(work, pause=False), SYSTEM))
    await asyncio.wait({second}, timeout=0.3)
    go_on.set()
    await asyncio.gather(first, second)
    assert len(taken) == 1
    assert await one.read(lambda work: peek_position(work, "log"), SYSTEM) == 7
    await one.close()
    await other.close()


class Reader:
    """Notes what it is handed, and how often it had been made ready by then."""

    name = "notes"

    def __init__(self):
        self.asked = 0
        self.seen = []

    async def ready(self):
        self.asked += 1

    def handle(self, _work, events):
        self.seen += [(event.type, self.asked) for event in events]


async def test_a_reader_of_one_subject_is_made_ready_before_it_reads_and_left_alone_otherwise(database, ana):
    def emit(type_, subject):
        return database.write(lambda work: work.emit(type_, subject, None), ana)

    reader = Reader()
    loop = ReaderLoop(database, [reader], about="custom", ready=reader.ready)
    await emit("other", "note")
    await loop.catch_up()
    assert (reader.asked, reader.seen) == (0, [])
    await emit("one", "custom")
    await emit("other", "note")
    await emit("two", "custom")
    await loop.catch_up()
    assert reader.seen == [("one", 1), ("two", 1)]


async def test_what_comes_while_a_reader_is_made_ready_is_read_after_the_next_time(database, ana):
    reader = Reader()

    async def ready():
        await reader.ready()
        if reader.asked == 1:
            await database.write(lambda work: work.emit("late", "custom", None), ana)

    await database.write(lambda work: work.emit("early", "custom", None), ana)
    await ReaderLoop(database, [reader], about="custom", ready=ready).catch_up()
    assert reader.seen == [("early", 1), ("late", 2)]
