"""A search whose model is not there, or dies under it, is answered by words, and says so."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from conftest import House, found, titles

PATIENCE = 30
LOADING = "This was searched by words only: the language model is being loaded. Ask again in a moment."
FAILED = (
    "This was searched by words only: the language model failed. Ask again; if it stays so, look for "
    "search_meaning_failed in the log."
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    opened = House(tmp_path, search_patience=0.05)
    await opened.open()
    await opened.add("nomina.txt", "El sueldo de los empleados se transfiere el último día laborable.")
    await opened.indexed()
    yield opened
    await opened.close()


def children() -> set[int]:
    listed = Path("/proc/self/task").glob("*/children")
    return {int(pid) for path in listed for pid in path.read_text().split()}


@pytest.fixture(autouse=True)
def others() -> set[int]:
    """Children of other tests that have not ended."""
    return children()


def models(others: set[int]) -> list[int]:
    """Child processes that have numpy and the model loaded."""
    return [pid for pid in children() - others if "numpy" in Path(f"/proc/{pid}/maps").read_text()]


async def answered(client: httpx.AsyncClient, q: str, mode: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await found(client, q))["mode"] != mode:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # what loads tells nobody


async def test_a_search_does_not_wait_for_the_model_and_the_next_one_has_it(house: House, others: set[int]):
    (model,) = models(others)
    os.kill(model, signal.SIGSTOP)
    async with house.client("ana") as ana:
        answer = await found(ana, "sueldo")
        assert (titles(answer), answer["mode"], answer["notice"]) == (["nomina.txt"], "text", LOADING)
        assert titles(await found(ana, "wages of the staff")) == []
        os.kill(model, signal.SIGCONT)
        await answered(ana, "wages of the staff", "hybrid")
        answer = await found(ana, "wages of the staff")
    assert (titles(answer), answer["notice"]) == (["nomina.txt"], None)


async def test_pages_of_a_search_that_was_answered_by_words_go_on_by_words(house: House, others: set[int]):
    await house.add("otra.txt", "Otro sueldo, y otro más, de los empleados de la oficina.")
    await house.indexed()
    (model,) = models(others)
    os.kill(model, signal.SIGSTOP)
    async with house.client("ana") as ana:
        first = await found(ana, "sueldo empleados", limit=1)
        os.kill(model, signal.SIGCONT)
        await answered(ana, "sueldo empleados", "hybrid")
        second = await found(ana, "sueldo empleados", limit=1, cursor=first["next_cursor"])
    assert (first["mode"], second["mode"], second["next_cursor"]) == ("text", "text", None)
    assert sorted(titles(first) + titles(second)) == ["nomina.txt", "otra.txt"]


@pytest.mark.parametrize("mode", ["semantic", "hybrid"])
async def test_a_search_whose_model_dies_is_answered_by_words(tmp_path: Path, mode: str, others: set[int]):
    house = House(tmp_path, search_patience=60)
    await house.open()
    await house.add("nomina.txt", "El sueldo de los empleados se transfiere el último día laborable.")
    await house.indexed()
    (model,) = models(others)
    os.kill(model, signal.SIGSTOP)
    async with house.client("ana") as ana:
        asked = asyncio.create_task(found(ana, "sueldo", mode=mode, facet=["format"]))
        async with asyncio.timeout(PATIENCE):
            while not house.search.child._busy:  # noqa: ASYNC110, SLF001 - nothing public tells
                await asyncio.sleep(0.001)  # a child that is asked tells nobody
        os.kill(model, signal.SIGKILL)
        answer = await asked
        assert (titles(answer), answer["mode"], answer["notice"]) == (["nomina.txt"], "text", FAILED)
        assert (answer["total"], answer["facets"]) == (1, {"format": [{"value": "txt", "count": 1}]})
        await answered(ana, "sueldo", "hybrid")
    await house.close()
