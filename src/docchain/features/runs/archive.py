"""Archived runs: compressed JSON lines, one file a day and workspace, on disk before anything is deleted.

A line is `{"definition": digest, "body": {…}}` or `{"run": {…}, "facts": […]}`. Of a run that is there twice, the
first line counts: the sweep that wrote it was cut off, and began again.
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

_LENGTH: Final = ".length"


class Archive:
    """Appends to the files below a folder.

    Args:
        root: the folder; made when first needed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, workspace_id: UUID, day: date) -> Path:
        return self.root / str(workspace_id) / f"{day.isoformat()}.jsonl.gz"

    def append(self, workspace_id: UUID, day: date, lines: Iterable[Any]) -> Path:
        """Add lines; they are on the disk when this returns, and a torn tail of an earlier try is gone."""
        path = self.path(workspace_id, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        member = gzip.compress(text.encode(), compresslevel=6)
        with path.open("ab") as file:
            _undo(path, file.fileno())
            _note(path, os.fstat(file.fileno()).st_size)
            file.write(member)
            file.flush()
            os.fsync(file.fileno())
        _forget(path)
        return path

    def files(self, workspace_id: UUID) -> list[Path]:
        """The workspace's files, oldest day first."""
        return sorted((self.root / str(workspace_id)).glob("*.jsonl.gz"))


def read_archive(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file, each run once; a tail that a crash tore off is left out."""
    seen: set[str] = set()
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for text in lines:
                line = json.loads(text)
                name = line["run"]["id"] if "run" in line else line["definition"]
                if name not in seen:
                    seen.add(name)
                    yield line
    except (EOFError, gzip.BadGzipFile, json.JSONDecodeError):
        return


def _note(path: Path, length: int) -> None:
    """Write down how long the file is before it grows."""
    with _beside(path).open("w", encoding="ascii") as note:
        note.write(str(length))
        note.flush()
        os.fsync(note.fileno())
    _sync_folder(path.parent)


def _undo(path: Path, descriptor: int) -> None:
    """Cut off what an append left that was never said to be done."""
    if _beside(path).exists():
        text = _beside(path).read_text("ascii")
        if text:  # an empty note was torn before the file was touched
            os.ftruncate(descriptor, int(text))


def _forget(path: Path) -> None:
    _beside(path).unlink()
    _sync_folder(path.parent)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + _LENGTH)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
