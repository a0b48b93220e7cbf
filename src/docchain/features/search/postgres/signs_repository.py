"""The signs of a generation's vectors, remembered in this process: what was written since is read before they are used.

They only say which passages are worth comparing; whether those are still there, the database says.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import asyncpg
import numpy as np

from docchain.features.search.beside.vectors import signs_of
from docchain.features.search.postgres.columns_repository import among
from docchain.features.search.postgres.naming import Current

_WORDS: Final = 8
_BITS: Final = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32)
_LOOKED_AT: Final = 8
"""How many times as many as are wanted are looked at more closely."""
_SENT: Final = np.dtype([("length", ">u4"), ("signs", "<u8", (_WORDS,))])
"""As the server sends signs: their number, then the bits."""
_GONE: Final = "SELECT uuid_send(id) AS id FROM docchain_search.gone WHERE generation = $1 AND version > $2"
_NEW: Final = """
SELECT kind, string_agg(uuid_send(id), '') AS ids, string_agg(int4send(passage), '') AS passages,
  string_agg(bit_send(signs), '') AS signs
FROM docchain_search.passage WHERE generation = $1 AND model = $2 AND version > $3 GROUP BY kind"""


@dataclass(frozen=True, slots=True)
class Signs:
    """Of one generation, up to a version; `kinds` has entries, their passages and signs, these in columns of words."""

    version: int = 0
    kinds: Mapping[str, tuple[Any, Any, Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(len(passages) for _, passages, _ in self.kinds.values())

    def without(self, gone: Sequence[bytes]) -> "Signs":
        """The passages of other entries than these."""
        ends = np.frombuffer(b"".join(gone), "<u8").reshape(-1, 2)
        there = {kind: ~among(ids, ends) for kind, (ids, _, _) in self.kinds.items()}
        kept = {
            kind: (of[0][there[kind]], of[1][there[kind]], of[2][:, there[kind]]) for kind, of in self.kinds.items()
        }
        return Signs(self.version, kept)

    def with_more(self, version: int, rows: Sequence[Mapping[str, Any]]) -> "Signs":
        kinds = dict(self.kinds)
        for row in rows:
            ids = np.frombuffer(row["ids"], "<u8").reshape(-1, 2)
            passages = np.frombuffer(row["passages"], ">i4")
            signs = np.ascontiguousarray(np.frombuffer(row["signs"], _SENT)["signs"].T)
            old = kinds.get(row["kind"], (ids[:0], passages[:0], signs[:, :0]))
            kinds[row["kind"]] = _joined([old, (ids, passages, signs)])
        return Signs(version, kinds)

    def nearest(self, kinds: Sequence[str], vector: Any, limit: int) -> tuple[list[str], list[int]]:
        """Passages that share most signs with a vector, then those whose signs weigh most in it; and whose they are."""
        there = [self.kinds[kind] for kind in kinds if kind in self.kinds]
        if not there:
            return [], []
        ids, passages, signs = _joined(there)
        best = _least(_differing(signs, vector), limit * _LOOKED_AT)
        best = best[_least(-_weighed(signs[:, best], vector), limit)]
        digits = ids[best].tobytes().hex()
        return [digits[at : at + 32] for at in range(0, len(digits), 32)], passages[best].tolist()


def _joined(several: Sequence[tuple[Any, Any, Any]]) -> tuple[Any, Any, Any]:
    if len(several) == 1:
        return several[0]
    ids, passages, signs = zip(*several, strict=True)
    return np.concatenate(ids), np.concatenate(passages), np.concatenate(signs, axis=1)


def _differing(signs: Any, vector: Any) -> Any:
    """How many signs differ from those of a vector: column by column, which is several times as fast as by rows."""
    asked = np.frombuffer(signs_of(vector.astype(np.float16).tobytes())[0], "<u8")
    many = np.zeros(signs.shape[1], np.uint16)
    for column, word in zip(signs, asked, strict=True):
        many += np.bitwise_count(column ^ word)
    return many


def _weighed(signs: Any, vector: Any) -> Any:
    """The numbers of a vector where the sign is above zero, added up: what each byte of signs adds is known before."""
    adds = vector.astype(np.float32).reshape(-1, 8) @ _BITS.T
    return adds[np.arange(len(adds)), np.ascontiguousarray(signs.T).view(np.uint8)].sum(axis=1)


def _least(numbers: Any, many: int) -> Any:
    """Where the least so many are."""
    return np.argpartition(numbers, many)[:many] if len(numbers) > many else np.arange(len(numbers))


class Remembered:
    """What was asked last is kept.

    Args:
        most: passages, of all generations together; one that has more is searched in the database.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[UUID, Signs] = OrderedDict()
        self._reading = asyncio.Lock()

    async def signs(self, db: asyncpg.Connection, now: Current, model: str) -> Signs | None:
        """As they are now; nothing, if they are too many."""
        if now.passages > self._most:
            return None
        async with self._reading:
            known = self._kept.pop(now.name, None) or Signs()
            if known.version < now.version:
                known = await _read(db, now.name, model, known)
            self._kept[now.name] = known
            while sum(map(len, self._kept.values())) > self._most and len(self._kept) > 1:
                self._kept.popitem(last=False)
            return known


async def _read(db: asyncpg.Connection, name: UUID, model: str, known: Signs) -> Signs:
    """What was written after the version that is known; all of one moment."""
    async with db.transaction(isolation="repeatable_read", readonly=True):
        version = await db.fetchval("SELECT version FROM docchain_search.generation WHERE name = $1", name)
        gone = [row["id"] for row in await db.fetch(_GONE, name, known.version)] if known.version else []
        rows = await db.fetch(_NEW, name, model, known.version)
    return (known.without(gone) if gone else known).with_more(version or known.version, rows)
