"""What is written into one generation of a workspace's index in PostgreSQL, in a transaction of the caller."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from docchain.features.search.beside.vectors import ROW, signs_of
from docchain.features.search.port import Batch, Put
from docchain.features.search.postgres.naming import Names
from docchain.features.search.postgres.rows import Row, row_of, words_of

_ENTRY: Final = """
INSERT INTO docchain_search.entry
  (generation, ord, id, kind, state, created, updated, codes, facets, numbers, moments, words)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::tsvector)
ON CONFLICT (generation, id) DO UPDATE SET ord = excluded.ord, kind = excluded.kind, state = excluded.state,
  created = excluded.created, updated = excluded.updated, codes = excluded.codes, facets = excluded.facets,
  numbers = excluded.numbers, moments = excluded.moments, words = excluded.words"""
_SHOWN: Final = """
INSERT INTO docchain_search.shown (generation, id, kept, text) VALUES ($1, $2, $3, $4)
ON CONFLICT (generation, id) DO UPDATE SET kept = excluded.kept, text = excluded.text"""
_PASSAGE: Final = """
INSERT INTO docchain_search.passage (generation, id, passage, kind, model, signs, version)
VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_GONE: Final = """
WITH deleted AS (DELETE FROM docchain_search.passage WHERE generation = $1 AND id = ANY($2) RETURNING id),
dropped AS (SELECT id FROM docchain_search.entry WHERE generation = $1 AND id = ANY($4)),
gone AS (
  INSERT INTO docchain_search.gone (generation, id, version)
  SELECT $1::uuid, id, $3::bigint FROM deleted UNION SELECT $1, id, $3 FROM dropped
  ON CONFLICT (generation, id) DO UPDATE SET version = excluded.version)
SELECT count(*) FROM deleted"""
"""What processes have to forget."""
_VERSION: Final = """
UPDATE docchain_search.generation
SET version = $2, passages = passages + $3, last = last + $4, position = coalesce($5, position) WHERE name = $1"""
_MEANING: Final = "INSERT INTO docchain_search.meaning (generation, id, model, numbers) VALUES ($1, $2, $3, $4)"
_MARKS: Final = """
INSERT INTO docchain_search.mark (generation, code, mark)
SELECT $1, code, mark FROM unnest($2::bigint[], $3::text[]) AS t (code, mark) ON CONFLICT DO NOTHING"""
_WORDS: Final = """
INSERT INTO docchain_search.word (generation, folded, shown)
SELECT $1, folded, shown FROM unnest($2::text[], $3::text[]) AS t (folded, shown) ON CONFLICT DO NOTHING"""


class Writing:
    """Locks its generation, so that batches follow one another."""

    def __init__(self, connection: asyncpg.Connection, name: UUID, model: str) -> None:
        self._db = connection
        self._name = name
        self._model = model

    async def apply(self, batch: Batch) -> None:
        statement = "SELECT number, version, last FROM docchain_search.generation WHERE name = $1 FOR UPDATE"
        known = await self._db.fetchrow(statement, self._name)
        names, version = Names(known["number"]), known["version"] + 1
        again = [put for put in batch.puts if put.vectors is not None]
        ids = [*batch.drops, *(put.entry.id for put in again)]
        gone = await self._db.fetchval(_GONE, self._name, ids, version, batch.drops) if ids else 0
        await self._delete("entry", batch.drops)
        rows = [row_of(put, names) for put in batch.puts]
        numbered = enumerate(rows, known["last"] + 1)
        await self._db.executemany(_ENTRY, [(self._name, number, *row.entry) for number, row in numbered])
        await self._db.executemany(_SHOWN, [(self._name, *row.shown) for row in rows])
        more = await self._put_vectors(again, version)
        await self._put_words(batch, rows)
        await self._db.execute(_VERSION, self._name, version, more - gone, len(rows), batch.position)

    async def _put_words(self, batch: Batch, rows: Sequence[Row]) -> None:
        marks = sorted({code: mark for row in rows for code, mark in row.marks.items()}.items())
        await self._db.execute(_MARKS, self._name, [code for code, _ in marks], [mark for _, mark in marks])
        words = sorted({folded: shown for put in batch.puts for folded, shown in words_of(put).items()}.items())
        await self._db.execute(_WORDS, self._name, [word for word, _ in words], [shown for _, shown in words])

    async def _put_vectors(self, puts: Sequence[Put], version: int) -> int:
        await self._delete("meaning", [put.entry.id for put in puts])
        passages: list[tuple[Any, ...]] = []
        meanings: list[tuple[Any, ...]] = []
        for put in puts:
            given = put.vectors or b""
            signs = [asyncpg.BitString.frombytes(row) for row in signs_of(given)]
            here = (self._name, put.entry.id)
            passages += [(*here, at, put.entry.kind, self._model, row, version) for at, row in enumerate(signs)]
            meanings += [(*here, self._model, given)] if len(given) >= ROW else []
        await self._db.executemany(_PASSAGE, passages)
        await self._db.executemany(_MEANING, meanings)
        return len(passages)

    async def _delete(self, table: str, ids: Sequence[UUID]) -> None:
        if ids:
            statement = f"DELETE FROM docchain_search.{table} WHERE generation = $1 AND id = ANY($2)"  # noqa: S608 - ours
            await self._db.execute(statement, self._name, list(ids))
