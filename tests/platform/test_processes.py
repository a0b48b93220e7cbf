import asyncio
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from docchain.platform.processes import (
    ChildAnswer,
    ChildBusy,
    ChildCrashed,
    ChildFailed,
    ChildMemory,
    ChildTimeout,
    ProcessPool,
)

MEBIBYTE = 1024 * 1024


@pytest.fixture
async def pool():
    pool = ProcessPool(size=2, memory_bytes=256 * MEBIBYTE, recycle_after=3)
    yield pool
    await pool.close()


@pytest.fixture
async def hostile_pool():
    pool = ProcessPool(size=2, memory_bytes=256 * MEBIBYTE, answer_bytes=8 * MEBIBYTE)
    yield pool
    await pool.close()


async def test_a_function_runs_in_another_process_and_answers(pool):
    assert await pool.run("operator:add", 2, 3, timeout=20) == 5
    assert await pool.run("os:getpid", timeout=20) != os.getpid()


async def test_a_child_is_kept_and_replaced_after_its_calls(pool):
    pids = [await pool.run("os:getpid", timeout=20) for _ in range(4)]

    assert pids[0] == pids[1] == pids[2]
    assert pids[3] != pids[0]


async def test_an_exception_comes_back_by_name_message_and_code(pool):
    with pytest.raises(ChildFailed) as failed:
        await pool.run("operator:truediv", 1, 0, timeout=20)
    assert (failed.value.kind, failed.value.message, failed.value.code) == (
        "ZeroDivisionError",
        "division by zero",
        None,
    )

    with pytest.raises(ChildFailed) as exit_:
        await pool.run("json:loads", "{", timeout=20)
    assert exit_.value.kind == "JSONDecodeError"


async def test_a_result_that_cannot_travel_fails_its_call_only(pool):
    with pytest.raises(ChildFailed):
        await pool.run("threading:Lock", timeout=20)
    assert await pool.run("operator:add", 1, 1, timeout=20) == 2


async def test_a_slow_call_is_killed_at_its_time_cap(pool):
    pid = await pool.run("os:getpid", timeout=20)
    with pytest.raises(ChildTimeout, match=r"time:sleep took longer than 0.2 s and was stopped\."):
        await pool.run("time:sleep", 60, timeout=0.2)
    await pool.close()
    assert not _is_alive(pid)


async def test_a_crash_fails_only_its_own_call(pool):
    crash, sum_ = await asyncio.gather(
        pool.run("os:abort", timeout=20), pool.run("operator:add", 20, 22, timeout=20), return_exceptions=True
    )

    assert isinstance(crash, ChildCrashed)
    assert str(crash) == "The child process that ran os:abort died (signal 6)."
    assert sum_ == 42
    assert await pool.run("operator:add", 1, 1, timeout=20) == 2


async def test_memory_that_cannot_be_had_is_refused(pool):
    with pytest.raises(ChildMemory, match=r"operator:mul wanted more than 256 MiB of memory\."):
        await pool.run("operator:mul", b"x" * MEBIBYTE, 4000, timeout=60)


async def test_memory_that_grows_past_the_cap_kills_the_child(pool):
    with pytest.raises(ChildMemory, match=r"builtins:sorted wanted more than 256 MiB of memory\."):
        await pool.run("builtins:sorted", range(10**8), timeout=60)
    assert await pool.run("operator:add", 1, 1, timeout=20) == 2


async def test_cancelling_the_caller_kills_the_child(pool):
    pid = await pool.run("os:getpid", timeout=20)
    call = asyncio.create_task(pool.run("time:sleep", 60, timeout=90))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(call, 0.3)
    await pool.close()

    assert not _is_alive(pid)


async def test_what_a_library_prints_does_not_disturb_the_answers(pool):
    assert await pool.run("builtins:print", "noise", timeout=20) is None
    assert await pool.run("os:write", 1, b"noise", timeout=20) == 5
    assert await pool.run("operator:add", 1, 1, timeout=20) == 2


async def test_children_do_not_see_our_secrets(pool, monkeypatch):
    monkeypatch.setenv("DOCCHAIN_SECRET_KEY", "hush")

    assert await pool.run("os:getenv", "DOCCHAIN_SECRET_KEY", timeout=20) is None


async def test_a_large_argument_and_result_travel(pool):
    assert len(await pool.run("builtins:bytes", b"x" * (20 * MEBIBYTE), timeout=20)) == 20 * MEBIBYTE


def _is_alive(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def _await_death(pid):
    """The kernel's signal is on its way; give it its moment, and no longer."""
    limit = time.monotonic() + 10
    while _is_alive(pid):
        assert time.monotonic() < limit, f"process {pid} outlived its parent"
        os.sched_yield()


async def test_a_child_stays_warm_while_another_works(pool):
    first = await pool.run("os:getpid", timeout=20)
    sleeping = asyncio.create_task(pool.run("time:sleep", 0.5, timeout=20))
    await asyncio.sleep(0)
    second = await pool.run("os:getpid", timeout=20)
    await sleeping
    assert second != first
    assert await pool.run("os:getpid", timeout=20) in {first, second}


@pytest.mark.parametrize(
    ("target", "arguments", "timeout", "error"),
    [
        ("hostile:fork_and_hang", (), 0.5, ChildTimeout),
        ("hostile:fork_hungrily", (400,), 20, ChildMemory),
    ],
)
async def test_what_a_child_started_ends_with_it(hostile_pool, tmp_path, target, arguments, timeout, error):  # noqa: ASYNC109 (a case)
    with pytest.raises(error):
        await hostile_pool.run(target, str(tmp_path), *arguments, timeout=timeout)
    await hostile_pool.close()
    _await_death(int((tmp_path / "grandchild").read_text()))


async def test_a_grandchild_left_behind_ends_when_the_pool_closes(hostile_pool, tmp_path):
    grandchild = await hostile_pool.run("hostile:fork_and_answer", str(tmp_path), timeout=20)
    assert _is_alive(grandchild)
    await hostile_pool.close()
    _await_death(grandchild)


async def test_gigabytes_on_the_streams_go_nowhere(hostile_pool):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert await hostile_pool.run("hostile:flood", 2, timeout=60) == "done"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


async def test_a_result_larger_than_allowed_is_refused_unread(hostile_pool):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ChildMemory, match=r"The result of hostile:answer_hugely is larger than 8 MiB\."):
        await hostile_pool.run("hostile:answer_hugely", 100, timeout=60)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    assert await hostile_pool.run("operator:add", 1, 1, timeout=20) == 2


@pytest.mark.parametrize(("target", "cause"), [("leave_quietly", "exit code 0"), ("leave_at_once", "exit code 7")])
async def test_a_child_that_leaves_fails_only_its_own_call(hostile_pool, target, cause):
    with pytest.raises(ChildCrashed, match=rf"ran hostile:{target} died \({cause}\)\."):
        await hostile_pool.run(f"hostile:{target}", timeout=20)
    assert await hostile_pool.run("operator:add", 1, 1, timeout=20) == 2


async def test_the_pool_heals_from_everything_at_once(hostile_pool, tmp_path):
    calls = [
        hostile_pool.run("os:abort", timeout=20),
        hostile_pool.run("time:sleep", 60, timeout=0.3),
        hostile_pool.run("hostile:fork_and_hang", str(tmp_path), timeout=0.5),
        hostile_pool.run("builtins:sorted", range(10**8), timeout=60),
        hostile_pool.run("hostile:leave_at_once", timeout=20),
        hostile_pool.run("hostile:answer_hugely", 100, timeout=20),
    ]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in ended] == [
        ChildCrashed, ChildTimeout, ChildTimeout, ChildMemory, ChildCrashed, ChildAnswer,
    ]  # fmt: skip
    assert await asyncio.gather(*(hostile_pool.run("operator:add", n, 1, timeout=20) for n in range(8))) == [
        *range(1, 9)
    ]


async def test_who_comes_first_is_served_first(tmp_path):
    pool = ProcessPool(1)
    names = [str(n) for n in range(20)]
    await asyncio.gather(*(pool.run("hostile:note_order", str(tmp_path / "order"), name, timeout=20) for name in names))
    await pool.close()
    assert (tmp_path / "order").read_text().split() == names


async def test_a_queue_that_is_full_says_so_and_empties_again():
    pool = ProcessPool(1, queue=2)
    working = [asyncio.create_task(pool.run("time:sleep", 0.3, timeout=20)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ChildBusy, match="operator:add was not called: 2 calls of this workspace wait for a child"):
        await pool.run("operator:add", 1, 1, timeout=20)
    await asyncio.gather(*working)
    assert await pool.run("operator:add", 1, 1, timeout=20) == 2
    await pool.close()


async def test_a_child_that_died_while_idle_is_replaced():
    pool = ProcessPool(1)
    pid = await pool.run("os:getpid", timeout=20)
    os.kill(pid, signal.SIGKILL)
    while _is_alive(pid):  # noqa: ASYNC110 (the kernel tells no one)
        await asyncio.sleep(0)
    assert await pool.run("operator:add", 1, 1, timeout=20) == 2
    await pool.close()


async def test_closing_leaves_no_child_and_no_zombie():
    before = _children_of(os.getpid())  # of other tests that have not ended
    pool = ProcessPool(3)
    pids = await asyncio.gather(*(pool.run("os:getpid", timeout=20) for _ in range(3)))
    working = asyncio.create_task(pool.run("time:sleep", 60, timeout=90))
    starting = asyncio.create_task(pool.run("time:sleep", 60, timeout=90))
    await asyncio.sleep(0)
    await pool.close()
    ended = await asyncio.gather(working, starting, return_exceptions=True)
    assert [type(error) for error in ended] == [ChildCrashed, ChildCrashed]
    assert [pid for pid in pids if _is_there(pid)] == []
    assert set(_children_of(os.getpid())) <= set(before)


async def test_a_cancelled_call_frees_its_place_at_once():
    pool = ProcessPool(1)
    call = asyncio.create_task(pool.run("time:sleep", 60, timeout=90))
    waiting = asyncio.create_task(pool.run("operator:add", 20, 22, timeout=20))
    await asyncio.sleep(0.2)
    call.cancel()
    assert await asyncio.wait_for(waiting, 10) == 42
    await pool.close()


def _is_there(pid):
    return Path(f"/proc/{pid}").exists()


def _children_of(pid):
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for names in listed for child in names.read_text().split()]
    return [child for child in found if "docchain.platform.child" in Path(f"/proc/{child}/cmdline").read_text()]


def test_a_child_dies_with_its_killed_parent():
    script = """
        import asyncio, os, signal
        from docchain.platform.processes import ProcessPool
        async def main():
            pool = ProcessPool(size=1)
            print(await pool.run("os:getpid", timeout=20), flush=True)
            asyncio.get_running_loop().call_later(0.3, os.kill, os.getpid(), signal.SIGKILL)
            await pool.run("time:sleep", 60, timeout=90)
        asyncio.run(main())
    """
    parent = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, check=False)  # noqa: S603 -- our own script

    assert parent.returncode == -9
    _await_death(int(parent.stdout))
