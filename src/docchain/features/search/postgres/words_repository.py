"""The words of a generation: what begins like this, what is spelled like this, and whether the scope has it."""

from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg

from docchain.features.search.beside.asked import Asked, Like, asked_of, conditions, terms_of
from docchain.features.search.embedded.asking import analyzed
from docchain.features.search.port import Scope
from docchain.features.search.postgres.conditions_repository import Conditions, Spelled
from docchain.features.search.postgres.naming import Current, Names
from docchain.features.search.postgres.sets_repository import RememberedColumns
from docchain.features.search.postgres.tables import Able
from docchain.features.search.queries import Words
from docchain.features.search.wording import distance_of

_SPELLED: Final = 50
_SHORTEST: Final = 4
_COUNTED: Final = 1_000
_FIELDS: Final = ("title", "text")
ENTRY: Final = "docchain_search.entry e"


class Spelling:
    """Asks over one connection.

    Args:
        now: the generation as it is.
        able: what the server has.
        columns: what this process remembers of entries.
    """

    def __init__(self, connection: asyncpg.Connection, now: Current, able: Able, columns: RememberedColumns) -> None:
        self._db = connection
        self._now = now
        self._name = now.name
        self._names = Names(now.number)
        self._able = able
        self._columns = columns

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
        there = await self._there(scope, asked)
        missing = {word: said for word, said in asked.items() if word not in there}
        near = await self._near([(said, 2) for said in missing.values()])
        counts = await self._inside(scope, [other for others in near.values() for other in others])
        better: dict[str, str] = {}
        for word, said in missing.items():
            if fitting := [other for other in near.get((said, 2), ()) if other in counts]:
                better[word] = min(fitting, key=lambda other: (distance_of(said, other, 2), -counts[other], other))
        statement = "SELECT folded, shown FROM docchain_search.word WHERE generation = $1 AND folded = ANY($2)"
        rows = await self._db.fetch(statement, self._name, list(better.values())) if better else []
        shown = {row["folded"]: row["shown"] for row in rows}
        return {word: shown[other] for word, other in better.items()}

    async def _there(self, scope: Scope, asked: Mapping[str, str]) -> set[str]:
        """Words that something in the scope has; in any form, where it is known without reading."""
        if (sets := await self._columns.sets(self._db, self._now)) is not None:
            return {word for word in asked if (await sets.there(conditions(scope), asked_of(Words(word)), {})).any()}
        found = await self._inside(scope, [*asked.values()], 1)
        return {word for word, said in asked.items() if said in found}

    async def _inside(self, scope: Scope, words: Sequence[str], most: int = _COUNTED) -> dict[str, int]:
        """How many entries of the scope have each word, up to `most`; words that none has are left out."""
        if not words:
            return {}
        said = Conditions(self._names, {}, [self._name])
        inside = said.all_of(conditions(scope))
        asked = [" | ".join(self._names.lexeme(field, word) for field in _FIELDS) for word in words]
        some = f"SELECT FROM {ENTRY} WHERE (e.generation = $1) IS TRUE AND {inside} AND e.words @@ w.asked::tsquery"
        statement = (
            f"SELECT w.word, (SELECT count(*) FROM ({some} LIMIT {said.value(most)}) AS hit) AS many "  # noqa: S608 - values are parameters
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

    async def _spelled(self, asked: Asked) -> Spelled:
        like = {(part.word, part.distance) for part in terms_of(asked) if isinstance(part, Like)}
        return await self._near(sorted(like))


def _close(one: str, other: str, most: int) -> bool:
    return distance_of(one, other, most) <= most
