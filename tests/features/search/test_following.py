"""The index follows what happens: new things, changed and deleted ones, lost indexes, and rebuilds that are ordered."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from conftest import House, found, titles
from docchain.features.documents import DocumentService

PATIENCE = 30


@asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    """The indexer at work, as beside an engine."""
    task = asyncio.create_task(house.search.indexer.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(client: httpx.AsyncClient, q: str, expected: list[str]) -> Any:
    async with asyncio.timeout(PATIENCE):
        while titles(answer := await found(client, q, mode="text")) != expected:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # the index tells nobody of its commits
    return answer


async def test_what_comes_is_found_by_name_then_by_text_and_what_goes_is_not(house: House):
    async with house.client("ana") as ana, running(house):
        first = await house.add("primero.txt", "kilovatios consumidos")
        await until(ana, "primero", ["primero.txt"])
        await house.add("segundo.txt", "metros cúbicos de gas")
        await until(ana, "kilovatios", ["primero.txt"])
        await until(ana, "gas", ["segundo.txt"])
        await house.database.write(lambda work: DocumentService(work).delete(str(first)), house.actors["ana"])
        await until(ana, "kilovatios", [])


async def test_what_is_committed_is_found_within_a_second(house: House):
    times = []
    async with house.client("ana") as ana, running(house):
        await house.add("primero.txt", "kilovatios consumidos")
        await until(ana, "kilovatios", ["primero.txt"])
        for number in range(9):
            await house.add(f"nuevo{number}.txt", "metros de gas")
            committed = time.perf_counter()
            await until(ana, f"nuevo{number}", [f"nuevo{number}.txt"])
            times.append(time.perf_counter() - committed)
    assert sorted(times)[4] < 1.0, times


async def test_what_was_deleted_is_not_shown_even_before_the_index_knows(house: House):
    first = await house.add("primero.txt", "kilovatios")
    await house.indexed()
    await house.database.write(lambda work: DocumentService(work).delete(str(first)), house.actors["ana"])
    async with house.client("ana") as ana:
        assert titles(await found(ana, "kilovatios")) == []


async def test_what_cannot_be_read_is_found_by_its_name(house: House):
    stored = await house.blobs.put(house.actors["ana"].workspace_id, b"%PDF-1.7 broken")
    await house.database.write(
        lambda work: DocumentService(work).register_upload(stored, "contrato.pdf"), house.actors["ana"]
    )
    await house.indexed()
    async with house.client("ana") as ana:
        assert titles(await found(ana, "contrato")) == ["contrato.pdf"]
        status = (await ana.get("/search/status")).json()
    assert (status["entries"], status["unread"], status["unreadable"]) == (1, 0, 1)


async def test_an_index_that_was_lost_or_put_back_from_a_backup_is_brought_up_again(house: House):
    folder = house.settings.storage.search_dir
    await house.add("primero.txt", "kilovatios")
    await house.indexed()
    await house.search.close()
    shutil.copytree(folder, folder.with_name("backup"))
    house.search = house.build()
    await house.add("segundo.txt", "metros de gas")
    await house.indexed()
    await house.search.close()
    shutil.rmtree(folder)
    shutil.copytree(folder.with_name("backup"), folder)
    house.search = house.build()
    await house.indexed()
    async with house.client("ana") as ana:
        assert titles(await found(ana, "gas", mode="text")) == ["segundo.txt"]
    await house.search.close()
    shutil.rmtree(folder)
    house.search = house.build()
    await house.indexed()
    async with house.client("ana") as ana:
        assert titles(await found(ana, "gas kilovatios", mode="text")) == []
        assert sorted(titles(await found(ana, "gas OR kilovatios", mode="text"))) == ["primero.txt", "segundo.txt"]


async def test_a_rebuild_is_ordered_once_told_and_leaves_what_is_found_as_it_was(house: House):
    await house.add("primero.txt", "kilovatios")
    await house.indexed()
    async with house.client("ana") as ana, house.client("cleo") as cleo:
        before = await found(ana, "kilovatios")
        assert (await cleo.post("/search/rebuild")).status_code == 403
        ordered = await ana.post("/search/rebuild", json={"fresh": True})
        assert (ordered.status_code, ordered.json()["status"]) == (202, "ordered")
        assert (await ana.post("/search/rebuild")).json()["code"] == "rebuild_under_way"
        await house.indexed()
        status = (await ana.get("/search/status")).json()
        after = await found(ana, "kilovatios")
    assert (status["rebuild"]["status"], status["rebuild"]["done"], status["rebuild"]["total"]) == ("done", 1, 1)
    assert (status["entries"], status["passages"], status["unread"]) == (1, 1, 0)
    assert after["hits"] == before["hits"]


async def test_a_damaged_content_stops_nothing_and_is_read_once_it_is_healed(house: House):
    await house.add("primero.txt", "kilovatios consumidos")
    (kept,) = (path for path in (house.settings.storage.data_dir / "blobs").rglob("*") if path.is_file())
    kept.write_bytes(b"kilovatios alterados!")
    await house.add("segundo.txt", "metros de gas")
    async with house.client("ana") as ana:
        async with running(house):
            await until(ana, "gas", ["segundo.txt"])
            await until(ana, "primero", ["primero.txt"])
            assert (await ana.get("/search/status")).json()["unread"] == 1
            await house.blobs.put(house.actors["ana"].workspace_id, b"kilovatios consumidos")
        async with running(house):
            await until(ana, "kilovatios", ["primero.txt"])
