"""Search in PostgreSQL: the contract of all, on a real server with and without its extensions."""

from collections.abc import AsyncIterator

import pytest
from contract import ALL, HERE, IndexContract, put, vector

from docchain.features.search.port import Batch, Order, Scope
from docchain.features.search.postgres import PostgresIndex
from docchain.features.search.queries import Everything
from docchain.features.search.query_text import parse_query


@pytest.fixture(params=["pg_trgm vector", "pg_trgm", ""], ids=["all", "no-pgvector", "bare"])
async def index(request: pytest.FixtureRequest, postgres_url: str) -> AsyncIterator[PostgresIndex]:
    opened = PostgresIndex(postgres_url, "usem3", extensions=request.param.split())
    await opened.open()
    yield opened
    await opened.close()


class TestPostgres(IndexContract):
    pass


async def test_a_bare_server_says_what_it_cannot_do(index: PostgresIndex, request: pytest.FixtureRequest):
    bare = request.node.callspec.params["index"] == ""
    assert (index.capabilities.fuzzy, index.capabilities.corrections) == (not bare, not bare)
    assert index.capabilities.vectors


async def test_servers_without_a_common_folder_find_what_another_wrote(index: PostgresIndex, postgres_url: str):
    other = PostgresIndex(postgres_url, "usem3")
    await index.apply(HERE, Batch([put("Uno", "primero", vectors=vector(1.0))], position=1))
    assert len(await other.rank(HERE, ALL, parse_query("primero"), 5, Order())) == 1
    assert len(await other.nearest(HERE, ALL, [1.0] + [0.0] * 511, 5)) == 1
    await other.apply(HERE, Batch([put("Dos", "primero")], position=2))
    assert await index.position(HERE) == 2
    await other.close()


async def test_vectors_of_another_model_are_not_compared(index: PostgresIndex, postgres_url: str):
    await index.apply(HERE, Batch([put("Uno", "primero", vectors=vector(1.0))]))
    other = PostgresIndex(postgres_url, "another")
    assert await other.nearest(HERE, ALL, [1.0] + [0.0] * 511, 5) == []
    await other.close()


async def test_signs_of_the_query_language_are_words_like_any_others(index: PostgresIndex):
    await index.apply(HERE, Batch([put("It's \\ & | ! <-> :* (x)", "d'accord\x00 'quoted' a:b")]))
    for typed in ("it's & \\ '", '"d\'accord quoted"', "x' OR 1=1 --", "quot*"):
        await index.rank(HERE, ALL, parse_query(typed), 5, Order())
    assert len(await index.rank(HERE, ALL, parse_query('"d\'accord quoted"'), 5, Order())) == 1


async def test_a_very_long_text_is_found_by_its_beginning(index: PostgresIndex):
    text = "comienzo " + " ".join(f"palabra{number}" for number in range(120_000))
    await index.apply(HERE, Batch([put("Larga", text)]))
    assert len(await index.rank(HERE, Scope(("document",)), parse_query("comienzo palabra7"), 5, Order())) == 1
    assert len(await index.rank(HERE, ALL, Everything(), 5, Order())) == 1
