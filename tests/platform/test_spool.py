import asyncio
import os
import subprocess
import sys
import textwrap
from contextlib import AsyncExitStack

import pytest

from docchain.platform.processes import ChildAnswer, ChildDiskFull, ProcessPool
from docchain.platform.spool import Spool, fill, pour

LEAVES_A_FILE = """
    import asyncio, os, sys
    from pathlib import Path
    from docchain.platform.spool import Spool
    async def main():
        async with Spool(Path(sys.argv[1])).file() as path:
            path.write_bytes(b"left")
            print(path, flush=True)
            input()
            os._exit(9)
    asyncio.run(main())
"""


async def parts(*given):
    for part in given:
        yield part


@pytest.fixture
async def pool(tmp_path):
    pool = ProcessPool(1, answer_bytes=1024 * 1024, spool=Spool(tmp_path / "spool"))
    yield pool
    await pool.close()


async def test_a_file_is_filled_poured_and_gone(tmp_path):
    spool = Spool(tmp_path / "spool")
    async with spool.file() as path:
        await fill(path, parts(b"one ", b"two"))
        assert b"".join([part async for part in pour(path)]) == b"one two"
        assert path.stat().st_mode & 0o077 == 0
    assert not path.exists()

    with pytest.raises(RuntimeError):
        async with spool.file() as path:
            raise RuntimeError
    assert not path.exists()
    spool.close()
    assert list((tmp_path / "spool").iterdir()) == []


async def test_what_a_killed_process_left_goes_at_the_next_start_and_a_living_ones_files_stay(tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(LEAVES_A_FILE), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:  # noqa: ASYNC220, S603 - our own
        path = other.stdout.readline().strip()
        Spool(tmp_path)
        assert os.path.exists(path)  # noqa: ASYNC240, PTH110 - one look
        other.communicate("die\n")
    assert os.path.exists(path)  # noqa: ASYNC240, PTH110 - one look
    Spool(tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_many_files_at_once_share_one_folder(tmp_path):
    spool = Spool(tmp_path)
    async with AsyncExitStack() as stack:
        entered = [stack.enter_async_context(spool.file()) for _ in range(16)]
        paths = await asyncio.gather(*entered)
        assert len(set(paths)) == 16
        assert len(list(tmp_path.iterdir())) == 1
    spool.close()
    assert list(tmp_path.iterdir()) == []


async def test_a_process_that_passes_no_files_makes_no_folder(tmp_path):
    Spool(tmp_path / "spool").close()
    assert list(tmp_path.iterdir()) == []


async def test_a_child_writes_no_file_larger_than_allowed(pool):
    async with pool.spool.file() as path:
        with pytest.raises(ChildAnswer, match=r"^The result of hostile:write_hugely is larger than 1 MiB\.$"):
            await pool.run("hostile:write_hugely", str(path), 2, timeout=20)
        assert path.stat().st_size <= 1024 * 1024
    assert await pool.run("operator:add", 1, 1, timeout=20) == 2


async def test_a_child_that_finds_no_room_on_the_disk_says_so(pool):
    with pytest.raises(ChildDiskFull, match=r"^There was no room on the disk for what hostile:write_hugely wrote\.$"):
        await pool.run("hostile:write_hugely", "/dev/full", 1, timeout=20)


async def test_files_are_filled_when_it_is_the_calls_turn(pool):
    async with pool.spool.file() as path:

        async def before():
            await fill(path, parts(b"[1, 2]"))

        assert await pool.run("hostile:read", str(path), timeout=20, before=before) == "[1, 2]"


async def test_a_file_is_closed_although_who_wanted_it_went_while_it_was_opened(tmp_path):
    slow = tmp_path / "slow"
    os.mkfifo(slow)  # opens when there is somebody who writes

    async def read():
        return [part async for part in pour(slow)]

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    reading.cancel()
    with await asyncio.to_thread(slow.open, "wb", buffering=0) as writer:
        with pytest.raises(asyncio.CancelledError):
            await reading
        with pytest.raises(BrokenPipeError):
            writer.write(b"nobody reads")
