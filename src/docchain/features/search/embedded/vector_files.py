"""Where vectors are kept: a file of rows, and one of heads that say whose passage each row is.

Both only grow, rows first, and a row counts once its head is there. What takes their place has the next number, and
counts once its heads are there.
"""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

DIMENSION: Final = 512
ROW: Final = DIMENSION * 2
HEAD_BYTES: Final = 32
_HEADS: Final = re.compile(r"vectors(?:-(\d+))?\.heads")


def has_vectors(folder: Path) -> bool:
    return bool(_numbers(folder))


class VectorFiles:
    """One pair of files: the newest there is in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = max(_numbers(folder), default=0)

    @property
    def rows(self) -> Path:
        return self._folder / f"{_name(self._number)}.f16"

    @property
    def heads(self) -> Path:
        return self._folder / f"{_name(self._number)}.heads"

    def __len__(self) -> int:
        """Whole heads; `FileNotFoundError` if others took their place."""
        try:
            return self.heads.stat().st_size // HEAD_BYTES
        except FileNotFoundError:
            if self._number == max(_numbers(self._folder), default=0):
                return 0
            raise

    def append(self, rows: bytes, heads: bytes) -> None:
        _append(self.rows, rows)
        _append(self.heads, heads)

    def repair(self) -> None:
        """Cut off half a row or head, and rows without heads; remove what was not finished, or not removed."""
        for path in self._folder.glob("vectors*"):
            if path not in (self.rows, self.heads):
                path.unlink()
        sizes = [path.stat().st_size if path.exists() else 0 for path in (self.rows, self.heads)]
        whole = min(sizes[0] // ROW, sizes[1] // HEAD_BYTES)
        for path, size, unit in ((self.rows, sizes[0], ROW), (self.heads, sizes[1], HEAD_BYTES)):
            if size != whole * unit:
                os.truncate(path, whole * unit)

    def replaced(self, pieces: Iterable[tuple[bytes, bytes]]) -> "VectorFiles":
        """Write other rows and heads, durably, and put them in the place of these."""
        name = _name(self._number + 1)
        fresh = self._folder / f"{name}.new"
        rows = self._folder / f"{name}.f16"
        with rows.open("wb") as written, fresh.open("wb") as heading:
            for some, heads in pieces:
                written.write(some)
                heading.write(heads)
            for file in (written, heading):
                file.flush()
                os.fsync(file.fileno())
        fresh.rename(self._folder / f"{name}.heads")
        for path in (self.heads, self.rows):
            with suppress(FileNotFoundError):
                path.unlink()
        return VectorFiles(self._folder)


def _numbers(folder: Path) -> list[int]:
    if not folder.exists():
        return []
    return [int(found[1] or 0) for found in (_HEADS.fullmatch(path.name) for path in folder.iterdir()) if found]


def _name(number: int) -> str:
    return f"vectors-{number}" if number else "vectors"


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
