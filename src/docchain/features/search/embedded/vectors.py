"""Vectors of a workspace, compared with a question: the rows whose signs agree best in full, up to `EXACT` all of them.

The newest heads of an entry hold. When more than half of the rows are dead, the living ones move to files of their own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from docchain.features.search.calm import one_thread
from docchain.features.search.embedded.vector_files import DIMENSION, HEAD_BYTES, ROW, VectorFiles

one_thread()
EXACT: Final = 4_000
LEAST_ROWS: Final = 1_000
"""Fewer rows are not worth moving."""
_GONE: Final = -1
_AT_ONCE: Final = 8_192
_WORDS: Final = DIMENSION // 64
HEAD: Final = np.dtype([("id", "V16"), ("passage", "<i4"), ("dimension", "<u4"), ("model", "S8")])
_NOTHING: Final = np.zeros((0, DIMENSION), np.float16)
Allowed = Callable[[Sequence[UUID]], set[UUID]]
Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Similar:
    id: UUID
    similarity: float
    passage: int


@dataclass(slots=True)
class _Held:
    """What is in memory of a pair of files: of each row whether it counts and its signs, of each entry where it is.

    Arrays have room to grow; `read` rows of them are taken in. It grows last, so who asks meanwhile sees whole rows.
    """

    files: VectorFiles
    read: int = 0
    places: dict[bytes, int] = field(default_factory=dict)
    counts: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    alive: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    signs: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros((_WORDS, 0), np.uint64))
    started: int = 0
    mapped: tuple[npt.NDArray[np.float16], Any] = field(default_factory=lambda: (_NOTHING, np.zeros(0, HEAD)))

    def map(self) -> None:
        """Rows and heads as they are on disk: the system keeps in memory what is asked often."""
        if len(self.mapped[1]) != self.read:
            stored = np.memmap(self.files.rows, np.float16, "r", shape=(self.read, DIMENSION))
            self.mapped = stored, np.memmap(self.files.heads, HEAD, "r", shape=(self.read,))

    def reserve(self, rows: int) -> None:
        if rows <= len(self.alive):
            return
        more = max(rows, len(self.alive) * 3 // 2) - len(self.alive)
        self.counts = np.pad(self.counts, (0, more))
        self.alive = np.pad(self.alive, (0, more))
        self.signs = np.pad(self.signs, ((0, 0), (0, more)))

    def take(self, heads: Any, rows: npt.NDArray[np.float16], model: bytes) -> None:
        """The first passage of an entry, or its end, makes what was there before void."""
        first, until = self.read, self.read + len(heads)
        self.reserve(until)
        self.signs[:, first:until] = _signs(rows)
        passages, usable = heads["passage"], heads["model"] == model
        begins = np.flatnonzero(passages <= 0)
        starts = [self.started, *(begins + first).tolist()]
        ends = np.append(begins, len(heads))
        self._go_on(starts[0], int(ends[0]), usable=bool(usable[0]))
        owners = heads["id"][begins].tolist()
        whole = zip(owners, starts[1:], np.diff(ends).tolist(), (passages[begins] == 0) & usable[begins], strict=True)
        for owner, start, count, counts in whole:
            old = self.places.pop(owner, None)
            if old is not None:
                self.alive[old : old + self.counts[old]] = False
            if counts:
                self.places[owner] = start
                self.counts[start] = count
                self.alive[start : start + count] = True
        self.started = starts[-1]
        self.read = until

    def _go_on(self, start: int, count: int, *, usable: bool) -> None:
        """Passages of an entry whose first ones came before."""
        if count and usable and self.alive[start]:
            self.alive[self.read : self.read + count] = True
            self.counts[start] += count


class Vectors:
    """What the files hold.

    Args:
        folder: where the files are.
        model: what made the vectors; those of another model are not compared.
        writable: repair what a crash left, and allow `append`.
    """

    def __init__(self, folder: Path, model: str, *, writable: bool) -> None:
        self._folder = folder
        self._model = model.encode()[:8]
        self._lock = RLock()
        self._held = _Held(VectorFiles(folder))
        if writable:
            self._held.files.repair()
        self.refresh()

    def __len__(self) -> int:
        return int(self._held.alive.sum())

    @property
    def rows(self) -> int:
        """Those that count, and those that do not any more."""
        return self._held.read

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
            with self._lock:
                self._held.files.append(b"".join(rows), np.array(heads, HEAD).tobytes())
                self.refresh()
                if self.rows >= LEAST_ROWS and len(self) * 2 < self.rows:
                    self._compact()

    def refresh(self) -> None:
        """Take in what has been written since; all of it, if it is in other files now."""
        with self._lock:
            try:
                self._take_in(self._held)
            except FileNotFoundError:
                held = _Held(VectorFiles(self._folder))
                self._take_in(held)
                self._held = held

    def _take_in(self, held: _Held) -> None:
        total = len(held.files)
        held.reserve(total)
        while held.read < total:
            count = min(_AT_ONCE, total - held.read)
            heads = np.fromfile(held.files.heads, HEAD, offset=held.read * HEAD_BYTES, count=count)
            rows = np.fromfile(held.files.rows, np.float16, offset=held.read * ROW, count=count * DIMENSION)
            held.take(heads, rows.reshape(-1, DIMENSION), self._model)
        held.map()

    def _compact(self) -> None:
        held = _Held(self._held.files.replaced(self._living()))
        self._take_in(held)
        self._held = held

    def _living(self) -> Iterator[tuple[bytes, bytes]]:
        old = self._held
        stored, heads = old.mapped
        alive = np.flatnonzero(old.alive)
        for start in range(0, len(alive), _AT_ONCE):
            some = alive[start : start + _AT_ONCE]
            yield stored[some].tobytes(), heads[some].tobytes()

    def has(self, id_: UUID) -> bool:
        return id_.bytes in self._held.places

    def of(self, id_: UUID) -> bytes:
        """An entry's rows as they were given."""
        with self._lock:
            held = self._held
            start = held.places.get(id_.bytes)
            return b"" if start is None else held.mapped[0][start : start + held.counts[start]].tobytes()

    def mean(self, id_: UUID) -> Floats | None:
        given = np.frombuffer(self.of(id_), np.float16).reshape(-1, DIMENSION).astype(np.float32)
        if not len(given):
            return None
        mean: Floats = given.mean(axis=0)
        norm = float(np.linalg.norm(mean))
        return mean / norm if norm else None

    def nearest(self, given: Sequence[float], limit: int, allowed: Allowed) -> list[Similar]:
        """The allowed entries with the most similar passages; more are looked at until enough are."""
        return list(_nearest(self._held, np.asarray(given, np.float32), limit, allowed))[:limit]


def _nearest(held: _Held, vector: Floats, limit: int, allowed: Allowed) -> Iterator[Similar]:
    stored, heads = held.mapped
    rows = _compared(held, len(heads), vector)
    if not len(rows):
        return
    similarities = stored[rows].astype(np.float32) @ vector
    order = np.argsort(-similarities, kind="stable")
    seen: set[bytes] = set()
    place, step, found = 0, limit * 2, 0
    while place < len(order) and found < limit:
        some = order[place : place + step]
        fresh: list[Similar] = []
        for head, similarity in zip(heads[rows[some]].tolist(), similarities[some].tolist(), strict=True):
            if head[0] not in seen:
                seen.add(head[0])
                fresh.append(Similar(UUID(bytes=head[0]), similarity, head[1]))
        may = allowed([item.id for item in fresh])
        for item in fresh:
            if item.id in may:
                found += 1
                yield item
        place, step = place + step, step * 8


def _compared(held: _Held, read: int, vector: Floats) -> Rows:
    """All rows that count, or the `EXACT` ones whose signs agree best."""
    alive = held.alive[:read]
    if np.count_nonzero(alive) <= EXACT:
        return np.flatnonzero(alive)
    differing = np.zeros(read, np.uint16)
    for column, word in zip(held.signs, _signs(vector.astype(np.float16).reshape(1, -1)), strict=True):
        differing += np.bitwise_count(column[:read] ^ word[0])
    differing[~alive] = DIMENSION + 1
    edge = int(np.searchsorted(np.bincount(differing).cumsum(), EXACT))
    sure = np.flatnonzero(differing < edge)
    return np.sort(np.concatenate([sure, np.flatnonzero(differing == edge)[: EXACT - len(sure)]]))


def _signs(rows: npt.NDArray[np.float16]) -> npt.NDArray[np.uint64]:
    """Which numbers are above nothing, 64 of them in a word; a column for each row. Halves compare as integers do."""
    return np.packbits(rows.view(np.int16) > 0, axis=1).view(np.uint64).T
