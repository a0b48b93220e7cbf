"""What is asked of one generation of a workspace's index in PostgreSQL; its scope is a condition of every question."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import numpy as np

from docchain.features.search.beside.asked import All, Asked, all_of, asked_of, conditions
from docchain.features.search.beside.forms import kept_of
from docchain.features.search.beside.vectors import DIMENSION, signs_of
from docchain.features.search.port import Counts, Kept, Near, Order, Ranked, Scope
from docchain.features.search.postgres.columns_repository import Columns
from docchain.features.search.postgres.conditions_repository import Conditions, Spelled, strict, titled
from docchain.features.search.postgres.naming import VALUE_BITS, Current
from docchain.features.search.postgres.rows import CODES
from docchain.features.search.postgres.sets_repository import RememberedColumns
from docchain.features.search.postgres.signs_repository import Remembered
from docchain.features.search.postgres.tables import Able
from docchain.features.search.postgres.words_repository import ENTRY, Spelling
from docchain.features.search.queries import Node

_RANKED: Final = 1_000
"""Entries that are ranked: reading the words of one takes longer than finding it."""
_CHOSEN: Final = 500
"""Of those that are known without reading: the ones with most of the words, rare ones first."""
_COMPARED: Final = 1_000
"""Passages that are compared exactly."""
_TIED: Final = 1_000


class Reading(Spelling):
    """Asks over one connection.

    Args:
        now: the generation as it is.
        able: what the server has.
        model: whose vectors are compared.
        columns: what this process remembers of entries.
    """

    def __init__(
        self, connection: asyncpg.Connection, now: Current, able: Able, model: str, columns: RememberedColumns
    ) -> None:
        super().__init__(connection, now, able, columns)
        self._model = model

    async def rank(self, scope: Scope, query: Node, limit: int, order: Order) -> list[Ranked]:
        """Of more than can be ranked in time, those with all the words, or with them in the title, and some others."""
        asked = asked_of(query)
        near = await self._spelled(asked)
        if order.field:
            return await self._dated(near, scope, asked, limit, order)
        if (sets := await self._columns.sets(self._db, self._now)) is not None:
            there = await sets.there(conditions(scope), asked, near)
            best = await sets.best(there, asked, near, max(_CHOSEN, limit))
            return _ordered(await self._scored_of(near, asked, best), limit)
        found = await self._scored(near, scope, asked, [asked], max(_RANKED, limit))
        if len(found) >= max(_RANKED, limit):
            whole = strict(asked)
            found |= await self._scored(near, scope, asked, [titled(whole), whole], max(_RANKED // 2, limit))
        return _ordered(found, limit)

    async def _scored_of(self, near: Spelled, asked: Asked, ids: str) -> dict[UUID, float]:
        said = Conditions(self._names, near, [self._name, ids])
        statement = (
            f"SELECT e.id, ({said.score(asked)})::float8 AS score "  # noqa: S608 - values are parameters
            f"FROM {ENTRY} WHERE e.generation = $1 AND e.id = ANY($2::text::uuid[])"
        )
        rows = await self._db.fetch(statement, *said.values)
        return {row["id"]: row["score"] for row in rows}

    async def _scored(
        self, near: Spelled, scope: Scope, asked: Asked, ways: Sequence[Asked], most: int
    ) -> dict[UUID, float]:
        said = Conditions(self._names, near, [self._name])
        score = said.score(asked)
        several = [
            f"(SELECT e.id, ({score})::float8 AS score FROM {ENTRY} "  # noqa: S608 - values are parameters
            f"WHERE {said.within(conditions(scope), way)} LIMIT {said.value(most)})"
            for way in ways
        ]
        rows = await self._db.fetch(" UNION ALL ".join(several), *said.values)
        return {row["id"]: row["score"] for row in rows}

    async def _dated(self, near: Spelled, scope: Scope, asked: Asked, limit: int, order: Order) -> list[Ranked]:
        said = Conditions(self._names, near, [self._name])
        where = said.within(conditions(scope), asked)
        by = f"e.{_date(order.field)} {'DESC' if order.descending else 'ASC'}"
        statement = (
            f"SELECT e.id FROM {ENTRY} WHERE {where} "  # noqa: S608 - values are parameters
            f"ORDER BY {by}, e.id LIMIT {said.value(limit)}"
        )
        return [Ranked(row["id"], 0.0) for row in await self._db.fetch(statement, *said.values)]

    async def count(self, scope: Scope, query: Node, also: Sequence[UUID], facets: Mapping[str, int]) -> Counts:
        """In one pass: the codes of all that is found come in one piece, and are counted here."""
        asked = asked_of(query)
        near = await self._spelled(asked)
        if (sets := await self._columns.sets(self._db, self._now)) is not None:
            there = await sets.there(conditions(scope), asked, near)
            if also:
                there[await sets.places(also)] = True
                there &= await sets.there(conditions(scope), All(), near)
            return Counts(int(np.count_nonzero(there)), await self._told(sets.columns, there, facets))
        said = Conditions(self._names, near, [self._name])
        told = "string_agg(e.facets, '')" if facets else "''::bytea"
        counted = f"SELECT count(*) AS many, {told} AS codes FROM {ENTRY} WHERE "  # noqa: S608 - values are parameters
        statement = counted + said.within(conditions(scope), asked)
        if also:
            others = f"{said.all_of(conditions(scope))} AND NOT ({said.condition(asked)})"
            ids = said.value(list(also))
            statement += f" UNION ALL {counted} e.generation = $1 AND e.id = ANY({ids}::uuid[]) AND {others}"
        rows = await self._db.fetch(statement, *said.values)
        codes = np.frombuffer(b"".join(row["codes"] or b"" for row in rows), CODES)
        return Counts(sum(row["many"] for row in rows), await self._facets(codes, facets) if facets else {})

    async def _facets(self, codes: Any, facets: Mapping[str, int]) -> dict[str, list[tuple[str, int]]]:
        """The most frequent values of each; those that are as frequent by their names."""
        found = await asyncio.to_thread(_counted, codes, {self._names.fact(name): name for name in facets}, facets)
        return await self._named(found, facets)

    async def _told(self, columns: Columns, there: Any, facets: Mapping[str, int]) -> dict[str, list[tuple[str, int]]]:
        """The same from what is remembered."""
        facts = {name: columns.facts.get(self._names.fact(name)) for name in facets}
        found = {
            name: _frequent(*await asyncio.to_thread(fact.counted, there), facets[name]) if fact else []
            for name, fact in facts.items()
        }
        return await self._named(found, facets)

    async def _named(
        self, found: Mapping[str, Sequence[tuple[int, int]]], facets: Mapping[str, int]
    ) -> dict[str, list[tuple[str, int]]]:
        asked = [code for of in found.values() for code, _ in of]
        statement = "SELECT code, mark FROM docchain_search.mark WHERE generation = $1 AND code = ANY($2)"
        rows = await self._db.fetch(statement, self._name, asked) if asked else []
        said = {row["code"]: row["mark"].partition("=")[2] for row in rows}
        named = {name: [(said[code], many) for code, many in of if code in said] for name, of in found.items()}
        return {name: sorted(of, key=lambda pair: (-pair[1], pair[0]))[: facets[name]] for name, of in named.items()}

    async def nearest(self, scope: Scope, vector: Sequence[float], limit: int, remembered: Remembered) -> list[Near]:
        """The passages of the scope whose signs agree best; those are compared exactly."""
        asked = np.asarray(vector, np.float16)
        most = max(_COMPARED, limit)
        signs = None if scope.filters else await remembered.signs(self._db, self._now, self._model)
        if signs is None:
            ids, passages = await self._agreeing(scope, asked, most)
        else:
            ids, passages = await asyncio.to_thread(signs.nearest, scope.kinds, asked, most)
        statement = (
            "SELECT string_agg(int4send(c.place::int), '') AS places, "
            "string_agg(substring(m.numbers FROM c.passage * 1024 + 1 FOR 1024), '') AS numbers "
            "FROM unnest($2::text::uuid[], $3::text::int[]) WITH ORDINALITY AS c (id, passage, place) "
            "JOIN docchain_search.meaning m USING (id) "
            "WHERE m.generation = $1 AND m.model = $4 AND length(m.numbers) >= (c.passage + 1) * 1024"
        )
        given = (
            "{" + ",".join(ids) + "}",
            "{" + ",".join(map(str, passages)) + "}",
        )  # a long list takes the driver long
        row = await self._db.fetchrow(statement, self._name, *given, self._model)
        if row["places"] is None:
            return []
        similar = await asyncio.to_thread(_similar, row["numbers"], asked)
        best = np.argsort(-similar, kind="stable")
        order = (np.frombuffer(row["places"], ">i4")[best] - 1).tolist()
        return _nearest(((ids[place], passages[place]) for place in order), similar[best].tolist(), limit)

    async def _agreeing(self, scope: Scope, asked: Any, most: int) -> tuple[list[str], list[int]]:
        """Where filters say which, or there are too many to be remembered, the database compares the signs."""
        inside = conditions(scope)
        said = Conditions(self._names, await self._spelled(all_of(inside)), [self._name])
        signs = said.value(asyncpg.BitString.frombytes(signs_of(asked.tobytes())[0]))
        statement = (
            f"SELECT p.id, p.passage FROM docchain_search.passage p JOIN {ENTRY} USING (generation, id) "  # noqa: S608 - values are parameters
            f"WHERE p.generation = $1 AND e.generation = $1 AND p.model = {said.value(self._model)} "
            f"AND {said.all_of(inside)} ORDER BY bit_count(p.signs # {signs}) LIMIT {said.value(most)}"
        )
        rows = await self._db.fetch(statement, *said.values)
        return [row["id"].hex for row in rows], [row["passage"] for row in rows]

    async def vectors(self, ids: Sequence[UUID]) -> dict[UUID, bytes]:
        statement = (
            "SELECT id, numbers FROM docchain_search.meaning WHERE generation = $1 AND id = ANY($2) AND model = $3"
        )
        rows = await self._db.fetch(statement, self._name, list(ids), self._model)
        return {row["id"]: row["numbers"] for row in rows}

    async def fetch(self, ids: Sequence[UUID]) -> dict[UUID, Kept]:
        statement = "SELECT id, kept, text FROM docchain_search.shown WHERE generation = $1 AND id = ANY($2)"
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


def _counted(codes: Any, names: Mapping[int, str], most: Mapping[str, int]) -> dict[str, list[tuple[int, int]]]:
    """For each fact the codes of its most frequent values, with those that are as frequent as the last."""
    found: dict[str, list[tuple[int, int]]] = {}
    facts = codes >> VALUE_BITS
    for fact, name in names.items():
        found[name] = _frequent(*np.unique(codes[facts == fact], return_counts=True), most[name])
    return found


def _frequent(values: Any, counts: Any, most: int) -> list[tuple[int, int]]:
    """The most frequent, with those that are as frequent as the last."""
    least = np.partition(counts, -most)[-most] if len(counts) > most else 0
    kept = counts >= least
    return list(zip(values[kept].tolist(), counts[kept].tolist(), strict=True))[:_TIED]


def _ordered(found: Mapping[UUID, float], limit: int) -> list[Ranked]:
    best = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
    return [Ranked(id_, score) for id_, score in best]


def _similar(numbers: bytes, asked: Any) -> Any:
    rows = np.frombuffer(numbers, np.float16).reshape(-1, DIMENSION)
    return rows.astype(np.float32) @ asked.astype(np.float32)


def _nearest(passages: Iterable[tuple[str, int]], similar: Sequence[float], limit: int) -> list[Near]:
    """Each entry by its best passage; the best come first."""
    best: dict[str, Near] = {}
    for similarity, (id_, passage) in zip(similar, passages, strict=True):
        if id_ not in best:
            best[id_] = Near(UUID(bytes=bytes.fromhex(id_)), similarity, passage)
            if len(best) == limit:
                break
    return sorted(best.values(), key=lambda near: (-near.similarity, near.id))


def _date(field: str) -> str:
    return field if field in ("created", "updated") else "created"
