"""Folders that may be delivered into: whatever a path says, what is opened lies below an allowed root."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

_TRICKS: Final = re.compile(r"[\x00-\x1f\x7f\\]")
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class FolderRefusedError(Exception):
    """The folder may not be delivered into; the message says why."""


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """A folder by its descriptor, so that nobody can put another in its place meanwhile."""

    path: Path
    descriptor: int


class DeliveryRoots:
    """The allowed roots; relative folders are below the first.

    Args:
        roots: absolute paths.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [root.resolve() for root in roots]

    @contextmanager
    def open(self, folder: str) -> Iterator[OpenFolder]:
        """Open a folder, made if missing.

        Raises:
            FolderRefusedError: it is not below a root, or the path plays a trick.
        """
        root, parts = self._locate(folder)
        root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root, _FOLDER)
        try:
            for part in parts:
                inner = _enter(descriptor, part)
                os.close(descriptor)
                descriptor = inner
            yield OpenFolder(root.joinpath(*parts), descriptor)
        finally:
            os.close(descriptor)

    def path_of(self, folder: str) -> Path:
        """Where a folder is or would be; nothing is opened.

        Raises:
            FolderRefusedError: it is not below a root, or the path plays a trick.
        """
        root, parts = self._locate(folder)
        return root.joinpath(*parts)

    def _locate(self, folder: str) -> tuple[Path, tuple[str, ...]]:
        wanted = PurePosixPath(folder)
        if _TRICKS.search(folder) or ".." in wanted.parts:
            raise FolderRefusedError(f"{folder[:200]!r} is no plain folder; write names with / between them.")
        given = Path(wanted) if wanted.is_absolute() else self._roots[0] / wanted
        if self._root_of(given) is None:
            raise FolderRefusedError(f"{folder[:200]!r} is not below {self._listed}, where deliveries may go.")
        real = Path(os.path.realpath(given))
        root = self._root_of(real)
        if root is None:
            raise FolderRefusedError(f"{folder[:200]!r} leads out of {self._listed} through a link.")
        return root, real.relative_to(root).parts

    def _root_of(self, path: Path) -> Path | None:
        return next((root for root in self._roots if path.is_relative_to(root)), None)

    @property
    def _listed(self) -> str:
        return " or ".join(map(str, self._roots))


def _enter(descriptor: int, name: str) -> int:
    """Open the folder `name` within another, never through a link; a new one is durable at once."""
    try:
        os.mkdir(name, dir_fd=descriptor)
    except FileExistsError:
        pass
    else:
        os.fsync(descriptor)
    return os.open(name, _FOLDER, dir_fd=descriptor)
