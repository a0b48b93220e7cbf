"""A journal in memory: what a disk would hold, and the rules that no commit may break."""

import bisect
from collections import defaultdict
from typing import Any

from docchain.engine.journal.batch import Batch


class Store:
    """What survives every process. `epoch` is the lease's; `faults` are the rules that were broken."""

    def __init__(self) -> None:
        self.epoch = 0
        self.entries: list[tuple[int, bytes, bytes]] = []
        self.epochs: list[int] = []
        self.of_run: dict[bytes, list[bytes]] = defaultdict(list)
        self.open_runs: dict[bytes, tuple[bytes, int, int | None]] = {}
        self.effects: dict[tuple[bytes, str, int], tuple[str, str, int]] = {}
        self.blobs: dict[tuple[bytes, bytes], bytes] = {}
        self.definitions: dict[str, str] = {}
        self.cursors: dict[str, int] = {}
        self.faults: list[str] = []

    def apply(self, batch: Batch, epoch: int) -> bool:
        """Keep all of the batch; false when it was kept before (its answer was lost)."""
        last = len(self.entries)
        positions = [row[0] for row in batch.entries]
        if positions and positions[0] <= last:
            if self.entries[positions[0] - 1 : positions[-1]] != [tuple(row) for row in batch.entries]:
                self.faults.append(f"positions {positions[0]}..{positions[-1]} were written twice, differently")
            return False
        if positions != list(range(last + 1, last + 1 + len(positions))):
            self.faults.append(f"positions {positions} follow {last}")
        for row in batch.entries:
            self.entries.append(tuple(row))
            self.epochs.append(epoch)
            self.of_run[row[1]].append(row[2])
        self._keep_books(batch)
        return True

    def _keep_books(self, batch: Batch) -> None:
        self.definitions.update(batch.definitions)
        self.blobs.update({(workspace, sha256): data for workspace, sha256, data in batch.blobs})
        self.open_runs.update({row[0]: tuple(row[1:]) for row in batch.open_runs})
        self.effects.update({tuple(row[:3]): tuple(row[3:]) for row in batch.effects})
        for key in batch.closed_runs:
            self.open_runs.pop(key, None)
        for name, position in batch.cursors.items():
            if position < self.cursors.get(name, 0):
                self.faults.append(f"cursor {name} went back to {position}")
            self.cursors[name] = position

    def due_after(self, last: tuple[int, bytes], until: int, limit: int) -> list[tuple[int, bytes]]:
        rows = sorted((row[2], key) for key, row in self.open_runs.items() if row[2] is not None and row[2] <= until)
        return rows[bisect.bisect_right(rows, last) :][:limit]

    def effect_rows(self, status: str, limit: int) -> list[Any]:
        return [(*key, *row) for key, row in sorted(self.effects.items()) if row[1] == status][:limit]
