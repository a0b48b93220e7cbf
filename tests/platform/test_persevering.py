"""A loop that perseveres acts when woken, when it is time, and again after what failed; cancelling ends it."""

import asyncio

import pytest
from structlog.testing import capture_logs

from docchain.platform.hops import Hops
from docchain.platform.persevering import Rhythm, persevere

SOON = Rhythm(rest=0.0, poll=3_600.0, longest=0.02)


class Acts:
    """Counts, fails as often as it is told to, and lets others wait for a number of acts."""

    def __init__(self, fails=0):
        self.count = 0
        self._fails = fails
        self._acted = asyncio.Condition()

    async def __call__(self):
        async with self._acted:
            self.count += 1
            self._acted.notify_all()
        if self.count <= self._fails:
            raise ConnectionError(f"failure {self.count}")

    async def reach(self, count):
        async with asyncio.timeout(20), self._acted:
            await self._acted.wait_for(lambda: self.count >= count)


@pytest.fixture
async def started():
    tasks = []

    def start(acts, rhythm=SOON, **more):
        wake = asyncio.Event()
        tasks.append(asyncio.create_task(persevere(acts, wake, rhythm, "test_failed", **more)))
        return wake, tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_it_acts_at_once_and_then_when_it_is_woken(started):
    acts = Acts()
    wake, _ = started(acts)
    for turn in (1, 2, 3):
        await acts.reach(turn)
        assert acts.count == turn
        wake.set()
    await acts.reach(4)


async def test_it_acts_unwoken_when_it_is_time(started):
    acts = Acts()
    started(acts, Rhythm(rest=0.0, poll=0.001))
    await acts.reach(5)


async def test_it_tries_what_fails_again_until_it_succeeds_and_says_so(started):
    acts = Acts(fails=4)
    with capture_logs() as logs:
        started(acts)
        await acts.reach(5)
    told = [(entry["event"], entry["retry_in"]) for entry in logs]
    assert told == [("test_failed", 0.02)] * 4


async def test_what_wakes_it_while_it_acts_is_not_lost(started):
    acts = Acts()
    wake, _ = started(acts, Rhythm(rest=0.01, poll=3_600.0))
    await acts.reach(1)
    wake.set()
    await acts.reach(2)


async def test_cancelling_ends_it(started):
    acts = Acts()
    _, task = started(acts, first=3_600.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert acts.count == 0


async def test_a_loop_ends_with_the_threads_that_it_needs():
    hops, acts = Hops(1, "of-the-test"), []
    await hops.close()

    async def act():
        acts.append(1)
        await hops.run(int)

    await asyncio.wait_for(persevere(act, asyncio.Event(), Rhythm(0.0, 0.01), "failed"), 5)
    assert acts == [1]
