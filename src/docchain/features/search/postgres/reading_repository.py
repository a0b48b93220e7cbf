"""What is asked of one generation of a workspace's index in PostgreSQL; its scope is a condition of every question."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import numpy as np

from docchain.features.search.beside.asked import Asked, Like, asked_of, conditions, terms_of
from docchain.features.search.beside.forms import kept_of
from docchain.features.search.embedded.asking import analyzed
from docchain.features.search.port import Counts, Kept, Near, Order, Ranked, Scope
from docchain.features.search.postgres.conditions_repository import Conditions, lexeme
from docchain.features.search.postgres.tables import DIMENSION, Able
from docchain.features.search.queries import Node
from docchain.features.search.wording import distance_of

_SPELLED: Final = 50
_SHORTEST: Final = 4
_AT_ONCE: Final = 5_000
_FIELDS: Final = ("title", "text")
_ENTRY: Final = "docchain_search.entry e"


class Reading:
    def __init__(self, connection: asyncpg.Connection, name: UUID, able: Able, model: str) -> None:
        self._db = connection
        self._name = name
        self._able = able
        self._model = model

    async def rank(self, scope: Scope, query: Node, limit: int, order: Order) -> list[Ranked]:
        asked = asked_of(query)
        said = await self._conditions([asked])
        where = self._within(said, scope, asked)
        score = "0" if order.field else said.score(asked)
        by = f"e.{_date(order.field)} {'DESC' if order.descending else 'ASC'}" if order.field else "score DESC"
        statement = (
            f"SELECT e.id, ({score})::float8 AS score FROM {_ENTRY} WHERE {where} "  # noqa: S608 - values are parameters
            f"ORDER BY {by}, e.id LIMIT {said.value(limit)}"
        )
        return [Ranked(row["id"], row["score"]) for row in await self._db.fetch(statement, *said.values)]

    async def count(self, scope: Scope, query: Node, also: Sequence[UUID], facets: Mapping[str, int]) -> Counts:
        asked = asked_of(query)
        said = await self._conditions([asked])
        inside = said.all_of(conditions(scope))
        wanted = f"({said.condition(asked)}) OR e.id = ANY({said.value(list(also))}::uuid[])"
        statement = (
            f"WITH hit AS (SELECT e.marks FROM {_ENTRY} WHERE e.generation = $1 AND {inside} AND ({wanted})) "  # noqa: S608 - values are parameters
            "SELECT '' AS mark, count(*) AS many FROM hit UNION ALL "
            "SELECT mark, count(*) FROM hit, unnest(marks) AS mark "
            f"WHERE split_part(mark, '=', 1) = ANY({said.value(list(facets))}::text[]) GROUP BY mark"
        )
        rows = await self._db.fetch(statement, *said.values)
        found: dict[str, list[tuple[str, int]]] = {name: [] for name in facets}
        for row in rows:
            name, _, value = row["mark"].partition("=")
            if name in found:
                found[name].append((value, row["many"]))
        total = next(row["many"] for row in rows if not row["mark"])
        ordered = {name: sorted(of, key=lambda pair: (-pair[1], pair[0])) for name, of in found.items()}
        return Counts(total, {name: of[: facets[name]] for name, of in ordered.items()})

    async def nearest(self, scope: Scope, vector: Sequence[float], limit: int) -> list[Near]:
        said = Conditions({}, [self._name])
        inside = said.all_of(conditions(scope))
        passages = (
            "FROM docchain_search.passage p JOIN docchain_search.entry e USING (generation, id) "
            f"WHERE e.generation = $1 AND p.generation = $1 AND p.model = {said.value(self._model)} AND {inside}"
        )
        if not self._able.points:
            return await self._compared(f"SELECT p.id, p.passage, p.numbers {passages}", said.values, vector, limit)
        asked = said.value(str([float(number) for number in vector]))
        statement = (
            "SELECT id, passage, similarity FROM (SELECT DISTINCT ON (p.id) p.id, p.passage, "  # noqa: S608 - values are parameters
            f"-(p.point <#> {asked}::text::vector) AS similarity {passages} ORDER BY p.id, similarity DESC) AS best "
            f"ORDER BY similarity DESC, id LIMIT {said.value(limit)}"
        )
        rows = await self._db.fetch(statement, *said.values)
        return [Near(row["id"], row["similarity"], row["passage"]) for row in rows]

    async def _compared(self, statement: str, values: Sequence[Any], vector: Sequence[float], limit: int) -> list[Near]:
        """Without pgvector: every one in the scope, some thousands at a time."""
        asked = np.asarray(vector, np.float32)
        best: dict[UUID, Near] = {}
        async with self._db.transaction():
            cursor = await self._db.cursor(statement, *values)
            while rows := await cursor.fetch(_AT_ONCE):
                numbers = np.frombuffer(b"".join(row["numbers"] for row in rows), np.float16)
                similar = numbers.reshape(-1, DIMENSION).astype(np.float32) @ asked
                for row, similarity in zip(rows, similar.tolist(), strict=True):
                    known = best.get(row["id"])
                    if known is None or similarity > known.similarity:
                        best[row["id"]] = Near(row["id"], similarity, row["passage"])
        return sorted(best.values(), key=lambda near: (-near.similarity, near.id))[:limit]

    async def vectors(self, ids: Sequence[UUID]) -> dict[UUID, bytes]:
        statement = (
            "SELECT id, string_agg(numbers, ''::bytea ORDER BY passage) AS numbers FROM docchain_search.passage "
            "WHERE generation = $1 AND id = ANY($2) AND model = $3 GROUP BY id"
        )
        rows = await self._db.fetch(statement, self._name, list(ids), self._model)
        return {row["id"]: row["numbers"] for row in rows}

    async def fetch(self, ids: Sequence[UUID]) -> dict[UUID, Kept]:
        statement = "SELECT id, kept, text FROM docchain_search.entry WHERE generation = $1 AND id = ANY($2)"
        rows = await self._db.fetch(statement, self._name, list(ids))
        return {row["id"]: kept_of(row["kept"], row["text"]) for row in rows}

    async def ids_where(self, column: str, value: str, limit: int | None = None) -> list[UUID]:
        assert column in ("kind", "state")  # noqa: S101 - never of a user
        statement = f"SELECT id FROM docchain_search.entry WHERE generation = $1 AND {column} = $2 ORDER BY id LIMIT $3"  # noqa: S608 - see above
        return [row["id"] for row in await self._db.fetch(statement, self._name, value, limit)]

    async def sizes(self) -> dict[str, int]:
        statement = (
            "SELECT (SELECT count(*) FROM docchain_search.entry WHERE generation = $1) AS entries, "
            "(SELECT count(*) FROM docchain_search.passage WHERE generation = $1) AS passages, "
            "(SELECT coalesce(sum(pg_column_size(e.*)), 0) FROM docchain_search.entry e WHERE generation = $1) AS bytes"
        )
        return {name: int(value) for name, value in (await self._db.fetchrow(statement, self._name)).items()}

    # words

    async def suggestions(self, scope: Scope, start: str, limit: int) -> list[str]:
        """Words that begin like this and are in the scope, the most frequent first."""
        statement = (
            "SELECT folded FROM docchain_search.word WHERE generation = $1 AND starts_with(folded, $2) "
            "ORDER BY length(folded), folded LIMIT $3"
        )
        rows = await self._db.fetch(statement, self._name, start, limit * 8)
        counts = await self._inside(scope, [row["folded"] for row in rows])
        return sorted(counts, key=lambda word: (-counts[word], word))[:limit]

    async def corrections(self, scope: Scope, words: Sequence[str]) -> dict[str, str]:
        """For words that are nowhere in the scope, the nearest that are."""
        folded = {word: "".join(analyzed("", word)) for word in words}
        asked = {word: said for word, said in folded.items() if len(said) >= _SHORTEST and not said.isdigit()}
        near = await self._near([(said, 2) for said in asked.values()])
        counts = await self._inside(scope, [*asked.values(), *(other for others in near.values() for other in others)])
        better: dict[str, str] = {}
        for word, said in asked.items():
            there = [other for other in near.get((said, 2), ()) if other in counts]
            if said not in counts and there:
                better[word] = min(there, key=lambda other: (distance_of(said, other, 2), -counts[other], other))
        statement = "SELECT folded, shown FROM docchain_search.word WHERE generation = $1 AND folded = ANY($2)"
        shown = {
            row["folded"]: row["shown"] for row in await self._db.fetch(statement, self._name, list(better.values()))
        }
        return {word: shown[other] for word, other in better.items()}

    async def _inside(self, scope: Scope, words: Sequence[str]) -> dict[str, int]:
        """How many entries of the scope have each word; words that none has are left out."""
        said = Conditions({}, [self._name])
        inside = said.all_of(conditions(scope))
        asked = [" | ".join(lexeme(field, word) for field in _FIELDS) for word in words]
        statement = (
            f"SELECT w.word, (SELECT count(*) FROM {_ENTRY} WHERE e.generation = $1 AND {inside} "  # noqa: S608 - values are parameters
            "AND e.words @@ w.asked::tsquery) AS many "
            f"FROM unnest({said.value(list(words))}::text[], {said.value(asked)}::text[]) AS w (word, asked)"
        )
        return {row["word"]: row["many"] for row in await self._db.fetch(statement, *said.values) if row["many"]}

    async def _near(self, words: Sequence[tuple[str, int]]) -> dict[tuple[str, int], list[str]]:
        """Words of the index that differ in so few letters; only a server that compares letters finds any."""
        if not words or not self._able.letters:
            return {}
        statement = (
            "SELECT asked, folded FROM unnest($2::text[]) AS asked, LATERAL (SELECT folded FROM docchain_search.word "
            "WHERE generation = $1 AND folded % asked ORDER BY similarity(folded, asked) DESC, folded LIMIT $3) AS near"
        )
        rows = await self._db.fetch(statement, self._name, sorted({word for word, _ in words}), _SPELLED)
        return {
            (word, most): [row["folded"] for row in rows if row["asked"] == word and _close(row["folded"], word, most)]
            for word, most in words
        }

    async def _conditions(self, asked: Sequence[Asked]) -> Conditions:
        like = {(part.word, part.distance) for one in asked for part in terms_of(one) if isinstance(part, Like)}
        return Conditions(await self._near(sorted(like)), [self._name])

    def _within(self, said: Conditions, scope: Scope, asked: Asked) -> str:
        return f"e.generation = $1 AND {said.all_of(conditions(scope))} AND ({said.condition(asked)})"


def _close(one: str, other: str, most: int) -> bool:
    return distance_of(one, other, most) <= most


def _date(field: str) -> str:
    return field if field in ("created", "updated") else "created"
