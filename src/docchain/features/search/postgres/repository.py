"""What is written into one generation of a workspace's index in PostgreSQL, in a transaction of the caller."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import numpy as np

from docchain.features.search.port import Batch, Put
from docchain.features.search.postgres.rows import row_of, words_of
from docchain.features.search.postgres.tables import DIMENSION

_PUT: Final = """
INSERT INTO docchain_search.entry
  (generation, id, kind, state, created, updated, text, kept, marks, numbers, moments, words)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::tsvector)
ON CONFLICT (generation, id) DO UPDATE SET kind = excluded.kind, state = excluded.state, created = excluded.created,
  updated = excluded.updated, text = excluded.text, kept = excluded.kept, marks = excluded.marks,
  numbers = excluded.numbers, moments = excluded.moments, words = excluded.words"""
_PASSAGE: Final = """
INSERT INTO docchain_search.passage (generation, id, passage, model, numbers) VALUES ($1, $2, $3, $4, $5)"""
_POINT: Final = """
INSERT INTO docchain_search.passage (generation, id, passage, model, numbers, point)
VALUES ($1, $2, $3, $4, $5, $6::text::vector)"""
_WORDS: Final = """
INSERT INTO docchain_search.word (generation, folded, shown)
SELECT $1, folded, shown FROM unnest($2::text[], $3::text[]) AS t (folded, shown) ON CONFLICT DO NOTHING"""
_ROW: Final = DIMENSION * 2


class Writing:
    """Locks its generation, so that batches follow one another."""

    def __init__(self, connection: asyncpg.Connection, name: UUID, model: str, *, points: bool) -> None:
        self._db = connection
        self._name = name
        self._model = model
        self._points = points

    async def apply(self, batch: Batch) -> None:
        await self._db.execute("SELECT FROM docchain_search.generation WHERE name = $1 FOR UPDATE", self._name)
        await self._delete("entry", batch.drops)
        await self._db.executemany(_PUT, [(self._name, *row_of(put)) for put in batch.puts])
        await self._put_vectors([put for put in batch.puts if put.vectors is not None])
        words = sorted({folded: shown for put in batch.puts for folded, shown in words_of(put).items()}.items())
        await self._db.execute(_WORDS, self._name, [word for word, _ in words], [shown for _, shown in words])
        if batch.position is not None:
            statement = "UPDATE docchain_search.generation SET position = $2 WHERE name = $1"
            await self._db.execute(statement, self._name, batch.position)

    async def _put_vectors(self, puts: Sequence[Put]) -> None:
        await self._delete("passage", [put.entry.id for put in puts])
        rows: list[tuple[Any, ...]] = []
        for put in puts:
            given = put.vectors or b""
            for passage in range(len(given) // _ROW):
                numbers = given[passage * _ROW : (passage + 1) * _ROW]
                point = (_said(numbers),) if self._points else ()
                rows.append((self._name, put.entry.id, passage, self._model, numbers, *point))
        await self._db.executemany(_POINT if self._points else _PASSAGE, rows)

    async def _delete(self, table: str, ids: Sequence[UUID]) -> None:
        if ids:
            statement = f"DELETE FROM docchain_search.{table} WHERE generation = $1 AND id = ANY($2)"  # noqa: S608 - ours
            await self._db.execute(statement, self._name, list(ids))


def _said(numbers: bytes) -> str:
    """A vector as pgvector reads it."""
    return str(np.frombuffer(numbers, np.float16).astype(np.float32).tolist())
