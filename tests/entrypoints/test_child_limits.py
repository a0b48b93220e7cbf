"""The caps of child processes are the operator's: settings reach the pool that parses, recognises and renders."""

import asyncio

import pytest

from docchain.bootstrap import open_services
from docchain.platform.processes import ChildBusy, ChildMemory
from docchain.platform.settings import StorageSettings, load_settings


@pytest.fixture
async def children(tmp_path, monkeypatch):
    for name, value in {"PROCESS_ANSWER_MB": "1", "PROCESS_QUEUE": "1", "WORKERS": "1"}.items():
        monkeypatch.setenv(f"DOCCHAIN_{name}", value)
    settings = load_settings(None, storage=StorageSettings(data_dir=tmp_path))
    async with open_services(settings, run_engine=False) as services:
        yield services.processes


async def test_the_largest_answer_of_a_child_is_a_setting(children):
    with pytest.raises(ChildMemory, match=r"^The result of operator:mul is larger than 1 MiB\.$"):
        await children.run("operator:mul", b"x", 2**21, timeout=20)


async def test_how_many_calls_wait_for_a_child_is_a_setting(children):
    calls = [asyncio.create_task(children.run("operator:add", n, 1, timeout=20)) for n in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ChildBusy, match="1 calls of this workspace wait for a child process already"):
        await children.run("operator:add", 1, 1, timeout=20)
    assert await asyncio.gather(*calls) == [1, 2]


def test_the_caps_that_nobody_set_are_generous():
    settings = load_settings(None).processes
    assert (settings.process_answer_mb, settings.process_queue) == (256, 1_000)
