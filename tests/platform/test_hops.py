"""Hops into threads: in order, heard whatever comes of them, and never stuck behind something slow."""

import asyncio
import threading

import pytest

from docchain.platform.hops import Hops


@pytest.fixture
async def hops():
    made = Hops(2, "test")
    yield made
    await made.close()


async def test_one_thread_does_what_waits_in_the_order_in_which_it_came(hops):
    done, threads = [], set()

    def note(number):
        done.append(number)
        threads.add(threading.current_thread().name)
        return number * 2

    answers = await asyncio.gather(*(hops.run(lambda number=number: note(number)) for number in range(100)))
    assert answers == [number * 2 for number in range(100)]
    assert done == list(range(100))
    assert threads == {"test-0"}


async def test_whoever_asked_is_told_of_the_fault_and_the_next_one_is_answered(hops):
    def fail():
        raise ZeroDivisionError("on purpose")

    with pytest.raises(ZeroDivisionError, match="on purpose"):
        await hops.run(fail)
    assert await hops.run(lambda: "well") == "well"


async def test_what_waits_behind_something_slow_is_done_by_another_thread(hops):
    may_end = threading.Event()
    slow = asyncio.create_task(hops.run(lambda: may_end.wait(20)))
    quick = asyncio.create_task(hops.run(lambda: threading.current_thread().name))
    assert await asyncio.wait_for(quick, 10) == "test-1"
    assert not slow.done()
    may_end.set()
    assert await slow is True


async def test_who_went_away_is_not_worked_for_and_holds_up_nobody(hops):
    began, may_end, done = threading.Event(), threading.Event(), []
    first = asyncio.create_task(hops.run(lambda: (began.set(), may_end.wait(20))))
    await asyncio.to_thread(began.wait, 20)
    others = [asyncio.create_task(hops.run(lambda number=number: done.append(number))) for number in range(3)]
    await asyncio.sleep(0)
    others[1].cancel()
    first.cancel()
    await asyncio.sleep(0)
    may_end.set()
    await asyncio.gather(*others, return_exceptions=True)
    assert sorted(done) == [0, 2]


async def test_closing_finishes_what_was_asked():
    hops, done = Hops(1, "test"), []
    asked = [asyncio.create_task(hops.run(lambda number=number: done.append(number))) for number in range(50)]
    await asyncio.sleep(0)
    await hops.close()
    await asyncio.gather(*asked)
    assert done == list(range(50))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("test-")]


async def test_it_ends_although_something_waits_behind_something_slow():
    hops = Hops(2, "ending")
    began, may_end = threading.Event(), threading.Event()
    slow = asyncio.create_task(hops.run(lambda: (began.set(), may_end.wait(20))))
    await asyncio.to_thread(began.wait, 20)
    waiting = asyncio.create_task(hops.run(lambda: "done"))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.1, may_end.set)
    await asyncio.wait_for(hops.close(), 10)
    assert await waiting == "done"
    await slow
