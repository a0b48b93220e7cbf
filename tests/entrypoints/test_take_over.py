"""With the settings that nobody changed, a stand-by executes less than ten seconds after the holder was killed."""

import asyncio
import signal
import time

import asyncpg
import pytest
from test_many_processes import PATIENCE, Process, until

LEASE = "SELECT epoch, holder, expires FROM journal.lease"


@pytest.mark.faults
def test_a_stand_by_takes_over_from_a_holder_that_was_killed_right_after_it_renewed(tmp_path, postgres_url):
    workers = [Process(tmp_path / name, postgres_url, "worker") for name in folders(tmp_path)]
    try:
        for worker in workers:
            until(lambda worker=worker: "is ready" in worker.log.read_text(), worker.log)
        until(lambda: sorted(map(len, epochs(workers))) == [0, 1], workers[0].log)
        holder, stand_by = sorted(workers, key=lambda worker: not worker.epochs)
        asyncio.run(renewed(postgres_url))
        holder.signal(signal.SIGKILL)
        killed = time.monotonic()
        until(lambda: stand_by.epochs == [2], stand_by.log)
        took = time.monotonic() - killed
        assert 4 < took < 10, "a lease of 6 seconds, a poll of 1, and the start of an engine"
    finally:
        for worker in workers:
            worker.end()


def folders(path):
    for name in ("first", "second"):
        (path / name).mkdir()
        yield name


def epochs(workers):
    return [worker.epochs for worker in workers]


async def renewed(url: str) -> None:
    """Return right after the holder renewed: nobody else can take the lease for as long as it lasts."""
    connection = await asyncpg.connect(url)
    try:
        before = await connection.fetchrow(LEASE)
        async with asyncio.timeout(PATIENCE):
            while (await connection.fetchrow(LEASE)) == before:  # noqa: ASYNC110 (nobody tells of it)
                await asyncio.sleep(0.01)
    finally:
        await connection.close()
