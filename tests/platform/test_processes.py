import asyncio
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from docchain.platform.processes import ChildCrashed, ChildFailed, ChildMemory, ChildTimeout, ProcessPool

MEBIBYTE = 1024 * 1024


@pytest.fixture
async def pool():
    pool = ProcessPool(size=2, memory_bytes=256 * MEBIBYTE, recycle_after=3)
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
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] not in "ZX"


def _await_death(pid):
    """The kernel's signal is on its way; give it its moment, and no longer."""
    limit = time.monotonic() + 10
    while _is_alive(pid):
        assert time.monotonic() < limit, f"process {pid} outlived its parent"
        os.sched_yield()


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
