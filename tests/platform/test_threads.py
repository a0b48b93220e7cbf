"""A cancelled caller goes on only when its thread has ended, so that nothing is closed or undone under it."""

import asyncio
import threading

import pytest

from docchain.platform.spool import Spool, fill, pour
from docchain.platform.threads import to_its_end


class Slow:
    """Work that goes on until it is let go."""

    def __init__(self):
        self.began = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._gate = threading.Event()
        self.ended = False

    def __call__(self):
        self._loop.call_soon_threadsafe(self.began.set)
        assert self._gate.wait(20)
        self.ended = True
        return "done"

    def let_go(self):
        self._gate.set()


async def test_it_answers_and_raises_as_the_function_does():
    assert await to_its_end(sorted, [2, 1], reverse=True) == [2, 1]
    with pytest.raises(FileNotFoundError):
        await to_its_end(open, "/nowhere/at/all")


async def test_who_is_cancelled_waits_for_the_end_of_the_thread():
    slow = Slow()
    after = []

    async def caller():
        try:
            await to_its_end(slow)
        finally:
            after.append(slow.ended)

    task = asyncio.create_task(caller())
    await slow.began.wait()
    for _ in range(3):  # however often
        task.cancel()
        await asyncio.sleep(0)
    assert (after, task.done()) == ([], False)
    slow.let_go()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert after == [True]


async def test_a_time_limit_is_told_as_one():
    slow = Slow()
    asyncio.get_running_loop().call_later(0.05, slow.let_go)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await to_its_end(slow)
    assert slow.ended


async def test_a_passing_file_is_gone_whenever_its_user_is_cancelled(tmp_path):
    spool = Spool(tmp_path)

    async def pieces():
        while True:
            yield bytes(2**22)

    async def use():
        async with spool.file() as path:
            await fill(path, pieces())

    for turns in range(40):
        task = asyncio.create_task(use())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert [path.name for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size] == []
    async with spool.file() as path:
        path.write_bytes(b"whole")
        assert b"".join([chunk async for chunk in pour(path)]) == b"whole"
    left = [path for path in tmp_path.rglob("*") if path.is_file() and len(path.name) == 36]
    assert left == []
    spool.close()
