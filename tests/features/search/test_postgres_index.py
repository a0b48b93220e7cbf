"""Search in PostgreSQL: the contract of all, on a real server with and without its extensions."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
from contract import ALL, HERE, THERE, IndexContract, put, vector

from docchain.features.search.port import READY, Batch, Order, Put, Scope
from docchain.features.search.postgres import PostgresIndex
from docchain.features.search.queries import Everything
from docchain.features.search.query_text import parse_query


@pytest.fixture(params=[("pg_trgm", 400_000), ("", 400_000), ("pg_trgm", 0)], ids=["letters", "bare", "forgetful"])
async def index(request: pytest.FixtureRequest, postgres_url: str) -> AsyncIterator[PostgresIndex]:
    extensions, remembered = request.param
    opened = PostgresIndex(postgres_url, "usem3", extensions=extensions.split(), remembered=remembered)
    await opened.open()
    yield opened
    await opened.close()


class TestPostgres(IndexContract):
    pass


async def test_a_bare_server_says_what_it_cannot_do(index: PostgresIndex, request: pytest.FixtureRequest):
    bare = request.node.callspec.params["index"][0] == ""
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


ASKED = [1.0] + [0.0] * 511


async def test_what_another_server_wrote_replaced_or_dropped_is_compared_at_once(
    index: PostgresIndex, postgres_url: str
):
    other = PostgresIndex(postgres_url, "usem3")
    first, second = put("Uno", "x", vectors=vector(1.0)), put("Dos", "x", vectors=vector(0.8, 0.6))
    await index.apply(HERE, Batch([first]))
    assert [round(near.similarity, 2) for near in await other.nearest(HERE, ALL, ASKED, 5)] == [1.0]
    await index.apply(HERE, Batch([second]))
    assert [round(near.similarity, 2) for near in await other.nearest(HERE, ALL, ASKED, 5)] == [1.0, 0.8]
    await index.apply(HERE, Batch([Put(first.entry, "x", "es", READY, vector(0.0, 1.0) + vector(0.6, 0.8))]))
    found = await other.nearest(HERE, ALL, ASKED, 5)
    assert [(near.id, round(near.similarity, 2), near.passage) for near in found] == [
        (second.entry.id, 0.8, 0),
        (first.entry.id, 0.6, 1),
    ]
    await index.apply(HERE, Batch(drops=[second.entry.id]))
    assert [near.id for near in await other.nearest(HERE, ALL, ASKED, 5)] == [first.entry.id]
    await other.close()


async def test_what_another_server_changed_or_dropped_is_found_and_counted_as_it_is_now(
    index: PostgresIndex, postgres_url: str
):
    other = PostgresIndex(postgres_url, "usem3")
    first, second = put("Uno", "primero", tag=["alfa"]), put("Dos", "primero segundo", tag=["beta"])

    async def told(typed: str) -> tuple[list[UUID], int, dict[str, int]]:
        query = parse_query(typed)
        counts = await other.count(HERE, ALL, query, [], {"tag": 5})
        ranked = await other.rank(HERE, ALL, query, 5, Order())
        return sorted(item.id for item in ranked), counts.total, dict(counts.facets["tag"])

    await index.apply(HERE, Batch([first, second]))
    assert await told("primero") == (sorted([first.entry.id, second.entry.id]), 2, {"alfa": 1, "beta": 1})
    changed = put("Uno", "tercero", tag=["gamma", "beta"]).entry
    await index.apply(HERE, Batch([Put(replace(changed, id=first.entry.id), "tercero", "es", READY, None)]))
    assert await told("primero") == ([second.entry.id], 1, {"beta": 1})
    assert await told("tercero") == ([first.entry.id], 1, {"beta": 1, "gamma": 1})
    await index.apply(HERE, Batch(drops=[second.entry.id]))
    assert await told("primero") == ([], 0, {})
    await index.apply(HERE, Batch([second]))
    assert await told("primero") == ([second.entry.id], 1, {"beta": 1})
    await other.close()


async def test_more_passages_than_are_remembered_are_compared_in_the_database(postgres_url: str):
    opened = PostgresIndex(postgres_url, "usem3", remembered=1)
    await opened.apply(HERE, Batch([put("Uno", "x", vectors=vector(1.0) + vector(0.8, 0.6)), put("Dos", "x")]))
    await opened.apply(HERE, Batch([put("run", "x", kind="run", vectors=vector(0.8, 0.6))]))
    found = await opened.nearest(HERE, ALL, ASKED, 5)
    assert [(round(near.similarity, 2), near.passage) for near in found] == [(1.0, 0), (0.8, 0)]
    assert [round(near.similarity, 2) for near in await opened.nearest(HERE, Scope(("run",)), ASKED, 5)] == [0.8]
    await opened.close()


async def test_signs_of_the_query_language_are_words_like_any_others(index: PostgresIndex):
    await index.apply(HERE, Batch([put("It's \\ & | ! <-> :* (x)", "d'accord\x00 'quoted' a:b")]))
    for typed in ("it's & \\ '", '"d\'accord quoted"', "x' OR 1=1 --", "quot*"):
        await index.rank(HERE, ALL, parse_query(typed), 5, Order())
    assert len(await index.rank(HERE, ALL, parse_query('"d\'accord quoted"'), 5, Order())) == 1


async def test_a_generation_reads_only_its_own_words_and_facts(index: PostgresIndex, postgres_url: str):
    """Whoever asks the indexes of PostgreSQL for a word of their own finds no row of another workspace."""
    await index.apply(HERE, Batch([put("Uno", "primero", tag=["urgente"])]))
    await index.apply(THERE, Batch([put("Dos", "primero", tag=["urgente"])]))
    database = await asyncpg.connect(postgres_url)
    shared = await database.fetchval(
        "SELECT count(*) FROM docchain_search.entry a JOIN docchain_search.entry b ON a.generation <> b.generation "
        "AND (a.codes && b.codes OR tsvector_to_array(a.words) && tsvector_to_array(b.words))"
    )
    await database.close()
    assert shared == 0


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("factura -contrato", ["a", "c"]),
        ('factura -"contrato firmado"', ["a", "b", "c"]),
        ("factura -contrato -alquiler", ["a"]),
        ("-contrato -factura", ["e"]),
        ("factura -(contrato OR alquiler)", ["a"]),
        ("factura -the", ["a", "b", "c", "d"]),
    ],
)
async def test_what_is_left_out_narrows_what_is_found(index: PostgresIndex, typed: str, expected: list[str]):
    texts = {
        "a": "factura",
        "b": "factura contrato",
        "c": "factura alquiler",
        "d": "factura contrato firmado",
        "e": "nada",
    }
    await index.apply(HERE, Batch([put(title, text) for title, text in texts.items()]))
    ranked = await index.rank(HERE, ALL, parse_query(typed), 10, Order())
    kept = await index.fetch(HERE, [item.id for item in ranked])
    assert sorted(item.title for item in kept.values()) == expected


async def test_what_has_all_the_words_is_found_among_more_than_are_ranked(index: PostgresIndex):
    many = [put(f"n{number}", "factura contrato", vectors=None) for number in range(1_100)]
    last = [put("todas", "factura contrato alquiler", vectors=None), put("Factura contrato", "", vectors=None)]
    await index.apply(HERE, Batch([*many, *last]))
    ranked = await index.rank(HERE, ALL, parse_query("factura contrato alquiler"), 5, Order())
    assert last[0].entry.id in [item.id for item in ranked[:2]]
    named = await index.rank(HERE, ALL, parse_query("factura"), 5, Order())
    assert named[0].id == last[1].entry.id
    counts = await index.count(HERE, ALL, parse_query("factura"), [], {"kind": 3})
    assert (counts.total, list(counts.facets["kind"])) == (1_102, [("document", 1_102)])


async def test_an_index_of_another_layout_is_dropped_and_made_again(postgres_url: str):
    database = await asyncpg.connect(postgres_url)
    await database.execute("CREATE SCHEMA docchain_search CREATE TABLE generation (name uuid PRIMARY KEY)")
    await database.close()
    opened = PostgresIndex(postgres_url, "usem3")
    assert await opened.position(HERE) is None
    await opened.apply(HERE, Batch([put("Uno", "primero")], position=1))
    assert await opened.position(HERE) == 1
    await opened.close()


async def test_a_very_long_text_is_found_by_its_beginning(index: PostgresIndex):
    text = "comienzo " + " ".join(f"palabra{number}" for number in range(120_000))
    await index.apply(HERE, Batch([put("Larga", text)]))
    assert len(await index.rank(HERE, Scope(("document",)), parse_query("comienzo palabra7"), 5, Order())) == 1
    assert len(await index.rank(HERE, ALL, Everything(), 5, Order())) == 1


async def test_a_total_above_ten_thousand_is_exact(index: PostgresIndex):
    """Also where nothing is remembered, and the database counts."""
    await index.apply(
        HERE, Batch([put(f"Carta {n}", "alquiler", tag=[f"t{n % 2}"]) for n in range(10_051)], position=1)
    )
    counted = await index.count(HERE, ALL, parse_query("alquiler"), [], {"tag": 5})
    assert counted.total == 10_051
    assert list(counted.facets["tag"]) == [("t0", 5_026), ("t1", 5_025)]
