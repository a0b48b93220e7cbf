"""The whole of search over other back ends: documents go in, are indexed, and are found through the API."""

from pathlib import Path

import pytest
from osmem_server import OsmemServer

from conftest import House, found, titles
from docchain.platform.settings import StorageSettings, load_settings
from docchain.platform.settings_search import SearchSettings


async def opened(folder: Path, url: str) -> House:
    house = House(folder)
    await house.search.close()
    storage = StorageSettings(data_dir=folder, database_url="")
    house.settings = load_settings(None, storage=storage, search=SearchSettings(search_url=url))
    house.search = house.build()
    await house.open()
    await house.add("alquiler.txt", "El alquiler de la oficina vence el lunes.")
    await house.add("lease.txt", "The rent is to be paid on the first day of each month.")
    await house.add("secreto.txt", "El alquiler de la competencia.", "eve")
    await house.indexed()
    return house


@pytest.mark.parametrize("back_end", ["postgresql", "whoosh"])
async def test_words_and_meaning_find_what_one_may_read(tmp_path: Path, postgres_url: str, back_end: str):
    house = await opened(tmp_path, postgres_url if back_end == "postgresql" else "whoosh:")
    async with house.client("ana") as ana:
        by_word = await found(ana, "alquiler", mode="text", facet="kind")
        assert titles(by_word) == ["alquiler.txt"]
        assert by_word["facets"]["kind"] == [{"value": "document", "count": 1}]
        assert by_word["hits"][0]["why"]["text"]["terms"] == ["alquiler"]
        assert "lease.txt" in titles(await found(ana, "when must I pay my flat", mode="semantic"))
        assert (await found(ana, "alqiler", mode="text"))["did_you_mean"] == "alquiler"
        assert by_word["notice"] is None
        status = (await ana.get("/search/status")).json()
    assert (status["backend"], status["entries"], status["unread"], status["behind"]) == (back_end, 2, 0, 0)
    await house.close()


async def test_a_back_end_that_compares_no_meanings_says_so(tmp_path: Path):
    with OsmemServer.start() as server:
        house = await opened(tmp_path, f"opensearch+{server.url}")
        async with house.client("ana") as ana:
            answer = await found(ana, "alquiler", mode="semantic")
            status = (await ana.get("/search/status")).json()
        await house.close()
    server.process.stdout.close()
    assert (titles(answer), answer["mode"]) == (["alquiler.txt"], "text")
    assert answer["notice"] == (
        "The search back end opensearch cannot compare meanings, so this was searched by words."
    )
    assert (status["backend"], status["capabilities"]["vectors"]) == ("opensearch", False)
