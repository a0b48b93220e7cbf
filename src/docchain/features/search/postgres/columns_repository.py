"""The entries of a generation by columns, remembered in this process: kinds and facts are looked up in no table.

Each entry has a place in them; what was written since is read before they are used, and what it replaces is dead.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

import asyncpg
import numpy as np

from docchain.features.search.postgres.naming import VALUE_BITS
from docchain.features.search.postgres.rows import CODES

_READ: Final = """
SELECT count(*) AS many, string_agg(int8send(ord), '') AS ords, string_agg(uuid_send(id), '') AS ids,
  string_agg(kind, ' ') AS kinds, string_agg(facets, '') AS facets, string_agg(int4send(length(facets)), '') AS sizes
FROM docchain_search.entry WHERE generation = $1 AND ord > $2"""
_GONE: Final = "SELECT uuid_send(id) AS id FROM docchain_search.gone WHERE generation = $1 AND version > $2"
_WASTE: Final = 4
_ODD: Final = np.uint64(0x9E37_79B9_7F4A_7C15)


@dataclass(frozen=True, slots=True)
class Fact:
    """Whose values they are, and which: places in `codes`."""

    owners: Any
    values: Any
    codes: Any

    def with_more(self, owners: Any, codes: Any) -> "Fact":
        known = {code: place for place, code in enumerate(self.codes.tolist())}
        distinct, values = np.unique(codes, return_inverse=True)
        new = [code for code in distinct.tolist() if code not in known]
        known |= {code: place for place, code in enumerate(new, len(known))}
        places = np.array([known[code] for code in distinct.tolist()], np.int32)[values]
        return Fact(
            np.concatenate((self.owners, owners)),
            np.concatenate((self.values, places)),
            np.concatenate((self.codes, np.array(new, np.int64))),
        )

    def counted(self, there: Any) -> tuple[Any, Any]:
        """The values of those entries, and how many have each."""
        counts = np.bincount(self.values[there[self.owners]], minlength=len(self.codes))
        some = counts > 0
        return self.codes[some], counts[some]


_NO_FACT: Final = Fact(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Columns:
    """As far as `version`; entries lie in the order of `ords`, which the database counts up with every write."""

    version: int = 0
    ords: Any = field(default_factory=lambda: np.empty(0, np.int64))
    ids: Any = field(default_factory=lambda: np.empty((0, 2), "<u8"))
    kinds: Any = field(default_factory=lambda: np.empty(0, np.int16))
    live: Any = field(default_factory=lambda: np.empty(0, bool))
    names: tuple[str, ...] = ()
    facts: Mapping[int, Fact] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ords)

    @property
    def last(self) -> int:
        return int(self.ords[-1]) if len(self.ords) else 0

    @property
    def is_wasteful(self) -> bool:
        """Whether too many of them are dead."""
        return len(self) > _WASTE * (int(np.count_nonzero(self.live)) + _WASTE)

    def of_kinds(self, kinds: Sequence[str]) -> Any:
        """Which of them are of these kinds."""
        wanted = [place for place, name in enumerate(self.names) if name in kinds]
        return self.live & (self.kinds == wanted[0]) if len(wanted) == 1 else self.live & np.isin(self.kinds, wanted)

    def places_of(self, ords: bytes) -> Any:
        """Where entries are that the server names, as it sends numbers."""
        asked = np.frombuffer(ords, ">i8").astype(np.int64)
        places = np.searchsorted(self.ords, asked)
        return places[self.ords[np.minimum(places, len(self) - 1)] == asked].astype(np.int32)

    def ids_at(self, places: Any) -> str:
        """As PostgreSQL reads an array: a long list takes the driver longer than the server."""
        return written(self.ids[places])

    def without(self, gone: Sequence[bytes]) -> "Columns":
        if not gone or not len(self):
            return self
        return replace(self, live=self.live & ~among(self.ids, np.frombuffer(b"".join(gone), "<u8").reshape(-1, 2)))

    def with_more(self, row: Mapping[str, Any]) -> "Columns":
        """With what was read; the same entries as they were before are dead."""
        ords = np.frombuffer(row["ords"], ">i8").astype(np.int64)
        order = np.argsort(ords)
        ids = np.frombuffer(row["ids"], "<u8").reshape(-1, 2)[order]
        told = row["kinds"].split(" ")
        names = (*self.names, *sorted(set(told) - set(self.names)))
        numbers = {name: number for number, name in enumerate(names)}
        kinds = np.array([numbers[kind] for kind in told], np.int16)[order]
        ranks = np.empty(len(order), np.int32)
        ranks[order] = np.arange(len(order), dtype=np.int32) + len(self)
        owners = np.repeat(ranks, np.frombuffer(row["sizes"], ">i4") // CODES.itemsize)
        before = self.live & ~among(self.ids, ids)
        return Columns(
            self.version,
            np.concatenate((self.ords, ords[order])),
            np.concatenate((self.ids, ids)),
            np.concatenate((self.kinds, kinds)),
            np.concatenate((before, np.ones(len(order), bool))),
            names,
            _facts(self.facts, owners, np.frombuffer(row["facets"], CODES)),
        )


def written(ids: Any) -> str:
    digits = ids.tobytes().hex()
    return "{" + ",".join(digits[at : at + 32] for at in range(0, len(digits), 32)) + "}"


def among(ids: Any, others: Any) -> Any:
    """Which of these ids are among others, each in two halves."""
    one, other = (halves[:, 0] * _ODD ^ halves[:, 1] for halves in (ids, others))
    return np.isin(one, other)


def _facts(known: Mapping[int, Fact], owners: Any, codes: Any) -> dict[int, Fact]:
    facts = dict(known)
    names = codes >> VALUE_BITS
    for name in np.unique(names).tolist():
        its = names == name
        facts[name] = facts.get(name, _NO_FACT).with_more(owners[its], codes[its])
    return facts


async def read_columns(db: asyncpg.Connection, name: UUID, known: Columns) -> Columns:
    """What is known with what was written since; all of one moment."""
    async with db.transaction(isolation="repeatable_read", readonly=True):
        version = await db.fetchval("SELECT version FROM docchain_search.generation WHERE name = $1", name)
        gone = [row["id"] for row in await db.fetch(_GONE, name, known.version)] if known.version else []
        row = await db.fetchrow(_READ, name, known.last)
    known = known.without(gone)
    more = await asyncio.to_thread(known.with_more, row) if row["many"] else known
    return replace(more, version=version or known.version)
