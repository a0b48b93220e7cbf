"""The setting that names the back end; servers that share an index agree on who writes it."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from contract import HERE, put

from docchain.features.search.choosing import chosen_index
from docchain.features.search.port import Batch
from docchain.features.search.sole_writer import WriterLock
from docchain.platform.settings import SettingsError, StorageSettings, load_settings
from docchain.platform.settings_search import SearchSettings


def chosen(folder: Path, url: str, database: str = ""):
    storage = StorageSettings(data_dir=folder, database_url=database)
    return chosen_index(load_settings(None, storage=storage, search=SearchSettings(search_url=url)), "usem3")


@pytest.mark.parametrize(
    ("url", "name", "vectors"),
    [
        ("embedded:", "embedded", True),
        ("postgresql://somebody@nowhere/index", "postgresql", True),
        ("opensearch+http://nowhere:9200", "opensearch", True),
        ("elasticsearch+https://user:pass@nowhere", "elasticsearch", True),
        ("solr+http://nowhere:8983/solr", "solr", True),
        ("whoosh:", "whoosh", True),
    ],
)
async def test_a_url_names_the_back_end(tmp_path: Path, url: str, name: str, vectors: bool):
    index = chosen(tmp_path, url)
    assert (index.capabilities.name, index.capabilities.vectors) == (name, vectors)
    await index.close()


async def test_the_database_of_the_application_may_be_the_index(tmp_path: Path, postgres_url: str):
    index = chosen(tmp_path, "postgresql:", postgres_url)
    await index.apply(HERE, Batch([put("Uno", "primero")], position=4))
    assert await index.position(HERE) == 4
    await index.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("lucene:", "'lucene' names no search back end. Use embedded:"),
        ("opensearch:", "'opensearch' names no search back end"),
        ("opensearch+http:", "names no search back end"),
        ("postgresql:", "the application's database is not PostgreSQL. Name the database of the index"),
    ],
)
def test_what_names_nothing_is_refused_with_what_does(tmp_path: Path, url: str, said: str):
    with pytest.raises(SettingsError, match="DOCCHAIN_SEARCH_URL") as problem:
        chosen(tmp_path, url)
    assert said in str(problem.value)


async def test_one_of_two_servers_writes_and_the_other_takes_over(postgres_url: str):
    holding = asyncio.Event()

    async def other() -> None:
        async with WriterLock(postgres_url).held():
            holding.set()

    async with asyncio.timeout(60), WriterLock(postgres_url).held() as lost:
        waiting = asyncio.create_task(other())
        await asyncio.wait({waiting}, timeout=0.5)
        assert not holding.is_set()
        assert not lost.is_set()
    async with asyncio.timeout(60):
        await waiting
    assert holding.is_set()


async def test_a_server_that_loses_the_lock_is_told(postgres_url: str):
    killer = await asyncpg.connect(postgres_url)
    async with asyncio.timeout(60), WriterLock(postgres_url).held() as lost:
        await killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        await lost.wait()
    await killer.close()
