"""Which entries have what is asked for: sets of places in the remembered columns, themselves remembered.

A set is read once, however often it is asked for; of what was written since, only that is looked at.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import asyncpg
import numpy as np

from docchain.features.search.beside.asked import (
    All,
    Asked,
    AtLeast,
    Begins,
    Best,
    Like,
    Marked,
    Row,
    Term,
    Without,
    terms_of,
)
from docchain.features.search.postgres.columns_repository import Columns, read_columns
from docchain.features.search.postgres.conditions_repository import Conditions, Spelled, indexed, titled
from docchain.features.search.postgres.naming import Current, Names

_IN_TITLE: Final = 100.0
_NEWER: Final = 0.001
_PLACES: Final = 16
"""Places of sets that are kept, for each entry that may be remembered."""
_EACH: Final = 100
"""What a set takes by itself, counted in places."""
_NONE: Final = np.empty(0, np.int32)
Key = tuple[Asked, tuple[tuple[str, ...], ...]]
"""What is asked for, and the spellings that stand for it."""


@dataclass(slots=True)
class Held:
    """Of one generation; `sets`: up to which number each is known, and the places of its entries, `many` in all."""

    columns: Columns
    sets: OrderedDict[Key, tuple[int, Any]] = field(default_factory=OrderedDict)
    many: int = 0

    def put(self, key: Key, upto: int, places: Any) -> None:
        """As the one that was asked for last."""
        before = self.sets.pop(key, None)
        self.many += len(places) - len(before[1]) if before else len(places) + _EACH
        self.sets[key] = (upto, places)

    def forget(self, most: int) -> None:
        while self.many > most and len(self.sets) > 1:
            self.many -= len(self.sets.popitem(last=False)[1][1]) + _EACH


class Sets:
    """Evaluates what is asked of one generation, over one connection.

    Args:
        most: places that all sets may have together.
    """

    def __init__(self, db: asyncpg.Connection, now: Current, held: Held, most: int) -> None:
        self._db = db
        self._name = now.name
        self._names = Names(now.number)
        self._held = held
        self._most = most
        self.columns = held.columns
        self._found: dict[Key, Any] = {}

    async def there(self, scope: Sequence[Asked], asked: Asked, spelled: Spelled) -> Any:
        """For each place, whether it is in the scope and as asked."""
        parts = [*scope, asked]
        await self._read({_key(leaf, spelled) for part in parts for leaf in _leaves(part)}, spelled)
        found = self.columns.live
        for part in parts:
            found = found & self._evaluated(part, spelled)
        return found

    async def best(self, there: Any, asked: Asked, spelled: Spelled, most: int) -> str:
        """So many of them: those with most of the words, rare ones first, in titles before others; then new ones."""
        places = np.flatnonzero(there)
        if len(places) > most:
            weights = np.arange(len(self.columns)) * (_NEWER / max(len(self.columns), 1))
            named = [leaf for leaf in _leaves(titled(asked)) if not isinstance(leaf, Marked)]
            await self._read({_key(leaf, spelled) for leaf in named}, spelled)
            words = [leaf for leaf in _leaves(asked) if any(True for _ in terms_of(leaf))]
            for leaf, more in (*((leaf, 0.0) for leaf in words), *((leaf, _IN_TITLE) for leaf in named)):
                its = self._found[_key(leaf, spelled)]
                weights[its] += math.log(1 + len(self.columns) / (1 + len(its))) + more
            places = places[np.argpartition(-weights[places], most)[:most]]
        return self.columns.ids_at(places)

    async def places(self, ids: Sequence[UUID]) -> Any:
        """Where these entries are, for those that there are."""
        statement = (
            "SELECT string_agg(int8send(ord), '') FROM docchain_search.entry WHERE generation = $1 AND id = ANY($2)"
        )
        return self.columns.places_of(await self._db.fetchval(statement, self._name, list(ids)) or b"")

    def _evaluated(self, asked: Asked, spelled: Spelled) -> Any:
        if _is_leaf(asked):
            found = np.zeros(len(self.columns), bool)
            found[self._found[_key(asked, spelled)]] = True
            return found
        match asked:
            case All():
                return np.ones(len(self.columns), bool)
            case Marked(marks):
                return self.columns.of_kinds([mark.removeprefix("kind=") for mark in marks])
            case Without(part):
                return ~self._evaluated(part, spelled)
            case Best(parts) | AtLeast(1, parts):
                return self._several(1, parts, spelled)
            case AtLeast(count, parts):
                return self._several(count, parts, spelled)
        return np.zeros(len(self.columns), bool)

    def _several(self, count: int, parts: Sequence[Asked], spelled: Spelled) -> Any:
        many = np.zeros(len(self.columns), np.uint8)
        for part in parts:
            many += self._evaluated(part, spelled)
        return many >= count

    async def _read(self, keys: set[Key], spelled: Spelled) -> None:
        """What is not known yet, or not up to the last entry, in one statement."""
        last, sets = self.columns.last, self._held.sets
        stale = []
        for key in keys - self._found.keys():
            upto, places = sets.get(key, (0, _NONE))
            if upto < last:
                stale.append((key, upto, places))
        if stale:
            said = Conditions(self._names, spelled, [self._name, last])
            parts = [self._statement(said, place, key[0], upto) for place, (key, upto, _) in enumerate(stale)]
            for row in await self._db.fetch(" UNION ALL ".join(parts), *said.values):
                key, _, places = stale[row["place"]]
                more = self.columns.places_of(row["ords"] or b"")
                self._held.put(key, last, np.concatenate((places, more)) if len(places) else more)
        for key in keys - self._found.keys():
            upto, places = sets.get(key, (0, _NONE))
            self._held.put(key, upto, places)
            self._found[key] = _before(places, len(self.columns))
        self._held.forget(self._most)

    def _statement(self, said: Conditions, place: int, asked: Asked, upto: int) -> str:
        """The first time along the index of words or codes; later, only what is new is looked at."""
        condition = said.condition(asked)
        if upto:
            where = f"e.generation = $1 AND e.ord > {said.value(upto)} AND e.ord <= $2 AND ({condition}) IS TRUE"
        else:
            own = "(e.generation = $1) IS TRUE" if indexed(asked) else "e.generation = $1"
            where = f"{own} AND (e.ord <= $2) IS TRUE AND ({condition})"
        told = f"SELECT {place} AS place, string_agg(int8send(e.ord), '') AS ords"
        return f"{told} FROM docchain_search.entry e WHERE {where}"


class RememberedColumns:
    """What was asked last is kept.

    Args:
        most: entries, of all generations together; one that has more is asked of the database.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[UUID, Held] = OrderedDict()
        self._reading = asyncio.Lock()

    async def sets(self, db: asyncpg.Connection, now: Current) -> Sets | None:
        """As they are now; nothing, if there are too many entries."""
        held = self._kept.get(now.name) or Held(Columns())
        if held.columns.version < now.version:
            async with self._reading:
                held = self._kept.get(now.name) or Held(Columns())
                if now.last - held.columns.last > self._most:
                    return None
                if held.columns.version < now.version:
                    held = await _newer(db, now.name, held)
                self._kept[now.name] = held
        if now.name in self._kept:
            self._kept.move_to_end(now.name)
        while sum(len(of.columns) for of in self._kept.values()) > self._most and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return Sets(db, now, held, self._most * _PLACES) if len(held.columns) <= self._most else None


async def _newer(db: asyncpg.Connection, name: UUID, held: Held) -> Held:
    columns = await read_columns(db, name, held.columns)
    if columns.is_wasteful:
        return Held(await read_columns(db, name, Columns()))
    return Held(columns, held.sets)


def _is_leaf(asked: Asked) -> bool:
    """Whether the database says who has it; forms of one word are one question."""
    match asked:
        case Marked(marks):
            return not (marks and all(mark.startswith("kind=") for mark in marks))
        case Best(parts) | AtLeast(1, parts):
            return bool(parts) and all(isinstance(part, Term | Begins | Row | Like) for part in parts)
        case All() | Without() | Best() | AtLeast():
            return False
    return True


def _leaves(asked: Asked) -> Iterator[Asked]:
    if _is_leaf(asked):
        yield asked
        return
    match asked:
        case Without(part):
            yield from _leaves(part)
        case Best(parts) | AtLeast(_, parts):
            for part in parts:
                yield from _leaves(part)
        case _:
            return


def _key(asked: Asked, spelled: Spelled) -> Key:
    like = [part for part in terms_of(asked) if isinstance(part, Like)]
    return asked, tuple(tuple(spelled.get((part.word, part.distance), ())) for part in like)


def _before(places: Any, many: int) -> Any:
    """Another question may have read further already."""
    return places if not len(places) or places.max() < many else places[places < many]
