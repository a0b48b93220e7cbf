"""Vectors of a workspace in two files that only grow: rows of float16, and for each row whose passage it is.

A row counts once its head is there, and the newest heads of an entry are the ones that hold; so a crash leaves at
worst rows that nobody speaks of. The `EXACT` rows whose signs agree best are compared in full, so up to there all are.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from docchain.features.search.calm import one_thread

one_thread()
DIMENSION: Final = 512
ROW: Final = DIMENSION * 2
EXACT: Final = 4_000
_GONE: Final = -1
HEAD: Final = np.dtype([("id", "V16"), ("passage", "<i4"), ("dimension", "<u4"), ("model", "S8")])
Allowed = Callable[[Sequence[UUID]], set[UUID]]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Similar:
    id: UUID
    similarity: float
    passage: int


class Vectors:
    """What the files hold; in memory is whose rows count, and of each row its signs: 65 bytes.

    Args:
        folder: where the files are.
        model: what made the vectors; those of another model are not compared.
        writable: repair what a crash left, and allow `append`.
    """

    def __init__(self, folder: Path, model: str, *, writable: bool) -> None:
        self._rows_path, self._heads_path = folder / "vectors.f16", folder / "vectors.heads"
        self._model = model.encode()[:8]
        self._places: dict[bytes, tuple[int, int]] = {}
        self._alive = np.zeros(0, np.bool_)
        self._signs = np.zeros((0, DIMENSION // 64), np.uint64)
        self._read = 0
        if writable:
            self._repair()
        self.refresh()

    def __len__(self) -> int:
        return int(self._alive.sum())

    @property
    def size(self) -> int:
        return sum(path.stat().st_size for path in (self._rows_path, self._heads_path) if path.exists())

    def append(self, vectors: Sequence[tuple[UUID, bytes]], gone: Iterable[UUID]) -> None:
        """Write rows, then heads, both durable; whoever had vectors before has only these."""
        heads: list[Any] = []
        rows: list[bytes] = []
        for id_ in gone:
            heads.append((id_.bytes, _GONE, DIMENSION, self._model))
            rows.append(bytes(ROW))
        for id_, given in vectors:
            count = len(given) // ROW
            heads += [(id_.bytes, passage, DIMENSION, self._model) for passage in range(count)]
            if not count:
                heads.append((id_.bytes, _GONE, DIMENSION, self._model))
            rows.append(given if count else bytes(ROW))
        if heads:
            _append(self._rows_path, b"".join(rows))
            _append(self._heads_path, np.array(heads, HEAD).tobytes())
            self.refresh()

    def refresh(self) -> None:
        """Take in what has been written since."""
        total = self._heads_path.stat().st_size // HEAD.itemsize if self._heads_path.exists() else 0
        if total <= self._read:
            return
        first, self._read = self._read, total
        heads = np.fromfile(self._heads_path, HEAD, offset=first * HEAD.itemsize, count=total - first)
        rows = np.fromfile(self._rows_path, np.float16, offset=first * ROW, count=(total - first) * DIMENSION)
        rows = rows.reshape(-1, DIMENSION)
        self._alive = np.concatenate([self._alive, np.zeros(total - first, np.bool_)])
        owners, passages, models = heads["id"].tolist(), heads["passage"].tolist(), heads["model"].tolist()
        for row, (owner, passage, model) in enumerate(zip(owners, passages, models, strict=True), first):
            self._take(row, owner, passage, usable=model == self._model)
        self._signs = np.concatenate([self._signs, _signs(rows)])

    def has(self, id_: UUID) -> bool:
        return self._places.get(id_.bytes, (0, 0))[1] > 0

    def of(self, id_: UUID) -> bytes:
        """An entry's rows as they were given."""
        start, count = self._places.get(id_.bytes, (0, 0))
        if not count:
            return b""
        return np.fromfile(self._rows_path, np.float16, offset=start * ROW, count=count * DIMENSION).tobytes()

    def mean(self, id_: UUID) -> Floats | None:
        given = np.frombuffer(self.of(id_), np.float16).reshape(-1, DIMENSION).astype(np.float32)
        if not len(given):
            return None
        mean: Floats = given.mean(axis=0)
        norm = float(np.linalg.norm(mean))
        return mean / norm if norm else None

    def nearest(self, given: Sequence[float], limit: int, allowed: Allowed) -> list[Similar]:
        """The allowed entries with the most similar passages; more are looked at until enough are."""
        rows, similarities = self._scored(np.asarray(given, np.float32))
        if not len(rows):
            return []
        order = np.argsort(-similarities, kind="stable")
        heads = np.memmap(self._heads_path, HEAD, "r", shape=(self._read,))[rows]
        owners, passages = heads["id"].tolist(), heads["passage"].tolist()
        found: list[Similar] = []
        seen: set[bytes] = set()
        place, step = 0, limit * 2
        while place < len(order) and len(found) < limit:
            fresh: list[Similar] = []
            for index in order[place : place + step].tolist():
                owner = owners[index]
                if owner not in seen:
                    seen.add(owner)
                    fresh.append(Similar(UUID(bytes=owner), float(similarities[index]), passages[index]))
            may = allowed([item.id for item in fresh])
            found += [item for item in fresh if item.id in may]
            place, step = place + step, step * 8
        return found[:limit]

    def _scored(self, vector: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
        rows = np.flatnonzero(self._alive)
        if not len(rows):
            return rows, np.zeros(0, np.float32)
        if len(rows) > EXACT:
            rows = self._agreeing(vector)
        stored = np.memmap(self._rows_path, np.float16, "r", shape=(self._read, DIMENSION))
        return rows, stored[rows].astype(np.float32) @ vector

    def _agreeing(self, vector: Floats) -> npt.NDArray[np.int64]:
        """The `EXACT` rows whose signs agree best, in their order."""
        signs = _signs(vector.astype(np.float16).reshape(1, -1))
        differing = np.bitwise_count(self._signs ^ signs).sum(axis=1, dtype=np.uint16)
        differing[~self._alive] = DIMENSION + 1
        return np.sort(np.argpartition(differing, EXACT - 1)[:EXACT])

    def _take(self, row: int, owner: bytes, passage: int, *, usable: bool) -> None:
        """The first passage of an entry, or its end, makes what was there before void."""
        if passage <= 0:
            start, count = self._places.pop(owner, (0, 0))
            self._alive[start : start + count] = False
        if passage < 0 or not usable:
            return
        start, count = self._places.get(owner, (row, 0))
        self._places[owner] = (start, count + 1)
        self._alive[row] = True

    def _repair(self) -> None:
        """Cut off half a row or head, and rows without heads."""
        sizes = [path.stat().st_size if path.exists() else 0 for path in (self._rows_path, self._heads_path)]
        whole = min(sizes[0] // ROW, sizes[1] // HEAD.itemsize)
        for path, size, unit in ((self._rows_path, sizes[0], ROW), (self._heads_path, sizes[1], HEAD.itemsize)):
            if size != whole * unit:
                os.truncate(path, whole * unit)


def _signs(rows: npt.NDArray[np.float16]) -> npt.NDArray[np.uint64]:
    return np.packbits(rows > 0, axis=1).view(np.uint64)


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
