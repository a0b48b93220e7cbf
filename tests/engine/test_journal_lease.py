"""The lease: one holder by the database's clock; whoever lost it commits nothing, and readers skip nothing."""

import asyncio
import contextlib
import random
from uuid import UUID

import asyncpg
import pytest

from docchain.engine.journal import Batch, JournalError, JournalUnavailableError, LeaseLostError
from docchain.engine.journal.lease import FREE, PostgresLease
from docchain.engine.journal.postgres import NEWS, PostgresJournal

RUN = UUID(int=7).bytes


def entry(position, facts=b"[]"):
    return Batch(entries=[(position, RUN, facts)], cursors={"commands:a": position})


@pytest.fixture
async def lease_of(postgres_url):
    """Leases of named holders; `expire` lets time pass for the database."""
    opened = []

    def make(holder, seconds=30.0, bells=None):
        opened.append(PostgresLease(postgres_url, holder, seconds, bells or {}))
        return opened[-1]

    yield make
    for lease in opened:
        await lease.close()


@pytest.fixture
async def sql(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.fixture
async def journal_of(postgres_url):
    """Journals under an epoch."""
    opened = []

    async def make(epoch, **more):
        journal = PostgresJournal(postgres_url, epoch, **more)
        opened.append(journal)
        await journal.open()
        return journal

    yield make
    for journal in opened:
        await journal.close()


async def expire(sql):
    await sql.execute("UPDATE journal.lease SET expires = clock_timestamp() - interval '1 second'")


async def test_one_holds_it_until_it_expires_or_is_given_back(lease_of, sql):
    ana, bob = lease_of("ana"), lease_of("bob")
    assert (await ana.acquire(), await bob.acquire(), await ana.acquire()) == (1, None, None)
    assert (ana.valid, bob.valid, await bob.held_by()) == (True, False, "ana")
    await ana.renew(1)
    await expire(sql)
    assert await bob.held_by() is None
    await ana.renew(1)  # nobody took it meanwhile
    assert await bob.acquire() is None
    await expire(sql)
    assert (await bob.acquire(), await ana.held_by()) == (2, "bob")
    with pytest.raises(LeaseLostError):
        await ana.renew(1)
    assert not ana.valid
    await ana.release(1)  # what is not ours cannot be given back
    assert await ana.held_by() == "bob"
    await bob.release(2)
    assert (await ana.held_by(), await ana.acquire()) == (None, 3)


async def test_of_many_who_compete_one_wins(lease_of):
    epochs = await asyncio.gather(*(lease_of(f"process {number}").acquire() for number in range(8)))
    assert sorted(epochs, key=str) == [1, *[None] * 7]


async def test_the_lease_runs_out_for_its_holder_before_others_get_it(lease_of):
    ana, bob = lease_of("ana", seconds=0.3), lease_of("bob")
    await ana.held_by()
    assert (await ana.acquire(), ana.valid) == (1, True)
    while (epoch := await bob.acquire()) is None:  # noqa: ASYNC110 (it takes as long as it takes)
        await asyncio.sleep(0.001)
    assert (epoch, ana.valid) == (2, False)


async def test_commits_of_an_older_epoch_keep_nothing(lease_of, journal_of, sql):
    old = await journal_of(await lease_of("ana").acquire())
    await old.commit(entry(1))
    await expire(sql)
    new = await journal_of(await lease_of("bob").acquire())
    with pytest.raises(LeaseLostError):
        await old.commit(Batch([(2, RUN, b"[]")], [(RUN, RUN, 1, 5)], definitions=[("d", "{}")], cursors={"c": 9}))
    assert (await new.last_position(), await new.cursors()) == (1, {"commands:a": 1})
    assert (await new.definition("d"), await new.active_runs()) == (None, [])
    await new.commit(entry(2))
    with pytest.raises(LeaseLostError):
        await old.commit(entry(1))  # nor does it learn that a batch of before was kept


async def test_a_take_over_waits_for_the_commit_under_way_and_then_knows_it(lease_of, journal_of, sql, postgres_url):
    """The server is amid the holder's commit; nobody may take over before it is through."""
    epoch = await lease_of("ana").acquire()
    await expire(sql)
    transaction = sql.transaction()
    await transaction.start()
    await sql.execute("SELECT 1 FROM journal.lease WHERE epoch = $1 FOR SHARE", epoch)
    await sql.execute("INSERT INTO journal.entry VALUES (1, $1, '[]')", RUN)
    bob = lease_of("bob")
    taking = asyncio.create_task(bob.acquire())
    await until_blocked(postgres_url)
    assert not taking.done()
    await transaction.commit()
    new = await journal_of(await taking)
    assert (new.epoch, await new.last_position()) == (2, 1)


async def test_a_commit_waits_for_the_take_over_under_way_and_then_is_refused(lease_of, journal_of, sql, postgres_url):
    old = await journal_of(await lease_of("ana").acquire())
    transaction = sql.transaction()
    await transaction.start()
    await sql.execute("UPDATE journal.lease SET epoch = epoch + 1, holder = 'bob'")
    committing = asyncio.create_task(old.commit(entry(1)))
    await until_blocked(postgres_url)
    await transaction.commit()
    with pytest.raises(LeaseLostError):
        await committing
    assert await old.last_position() == 0


async def test_a_holder_that_stood_still_does_not_act_on_the_answer(lease_of, journal_of):
    """By its own clock the lease has run out while the answer was under way."""
    lease = lease_of("ana")
    journal = await journal_of(await lease.acquire(), valid=lambda: lease.valid)
    await journal.commit(entry(1))
    await lease.release(1)
    with pytest.raises(LeaseLostError, match="stood still"):
        await journal.commit(entry(2))


async def commit_until(is_over, lease, journal_of, name):
    """As fast as it can, whenever it has the lease."""
    while not is_over():
        epoch = await lease.acquire()
        if epoch is None:
            await asyncio.sleep(0.01)
            continue
        journal = await journal_of(epoch)
        position = await journal.last_position()
        try:
            while not is_over():
                position += 1
                await journal.commit(entry(position, f'["{name} {epoch}"]'.encode()))
        except LeaseLostError:
            await journal.close()


async def test_readers_skip_nothing_while_engines_take_over_from_each_other(lease_of, journal_of, sql):
    """Three engines, each committing as fast as it can, the lease torn from them all the time."""
    dice = random.Random(5)  # noqa: S311 (a test's dice)
    seen, ruled = [], set()
    reader = await journal_of(0)

    def is_over():
        return len(seen) >= 400 and len(ruled) > 2

    async def read():
        while not is_over():
            new = await reader.entries_after(seen[-1][0] if seen else 0, 50)
            seen.extend(new)
            ruled.update(row[2].split()[-1] for row in new)

    async def tear():
        while not is_over():
            await asyncio.sleep(dice.uniform(0.03, 0.12))
            await expire(sql)

    names = [f"engine {number}" for number in range(3)]
    async with asyncio.timeout(30):
        await asyncio.gather(
            read(), tear(), *(commit_until(is_over, lease_of(name), journal_of, name) for name in names)
        )
    kept = await reader.entries_after(0, 100_000)
    assert [row[0] for row in kept] == list(range(1, len(kept) + 1))
    assert seen == kept[: len(seen)]
    epochs = [int(row[2].split()[-1][:-2]) for row in kept]
    assert epochs == sorted(epochs)


async def test_a_commit_whose_connection_breaks_may_be_repeated(journal_of, sql):
    """Connections are cut at any moment; every batch is kept once all the same."""
    journal = await journal_of(0)
    dice = random.Random(3)  # noqa: S311 (a test's dice)
    broken = 0

    async def cut():
        while True:
            await asyncio.sleep(dice.uniform(0.02, 0.1))
            await sql.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    cutting = asyncio.create_task(cut())
    for position in range(1, 501):
        while True:
            try:
                await journal.commit(entry(position))
            except JournalUnavailableError:
                broken += 1
            else:
                break
    cutting.cancel()
    await asyncio.gather(cutting, return_exceptions=True)
    assert broken > 0
    assert [row[0] for row in await journal.entries_after(0, 1_000)] == list(range(1, 501))


async def test_who_listens_hears_of_commits_and_of_a_lease_given_back(lease_of, journal_of):
    heard, freed = asyncio.Event(), asyncio.Event()
    listening = lease_of("bob", bells={NEWS: heard.set, FREE: freed.set})
    await listening.held_by()
    heard.clear()
    freed.clear()
    ana = lease_of("ana")
    epoch = await ana.acquire()
    await (await journal_of(epoch)).commit(entry(1))
    await asyncio.wait_for(heard.wait(), 5)
    await ana.release(epoch)
    await asyncio.wait_for(freed.wait(), 5)


async def test_a_listener_whose_connection_broke_is_called_when_it_is_back(lease_of, sql):
    heard = asyncio.Event()
    lease = lease_of("ana", bells={NEWS: heard.set})
    epoch = await lease.acquire()
    heard.clear()
    await sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with contextlib.suppress(JournalUnavailableError):  # unless the end of the connection was noticed first
        await lease.renew(epoch)
    assert lease.valid
    await lease.renew(epoch)
    assert heard.is_set()


async def test_a_journal_of_a_newer_release_is_refused(journal_of, sql, postgres_url):
    await journal_of(0)
    await sql.execute("UPDATE journal.format SET version = 99")
    with pytest.raises(JournalError, match=r"newer release .*\(format 99\); start that release instead"):
        await PostgresJournal(postgres_url).open()


async def test_many_processes_make_the_tables_together(journal_of):
    await asyncio.gather(*(journal_of(0) for _ in range(8)))


async def until_blocked(url):
    watcher = await asyncpg.connect(url)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while not await watcher.fetchval(waiting):  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.005)
    await watcher.close()
