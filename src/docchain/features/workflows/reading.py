"""Definitions that runs follow, read once: the same digest is the same definition."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from docchain.engine.definition import WorkflowSpec, read_spec
from docchain.features.runs import Definition

_MOST: Final = 256
_LONGEST: Final = 16_384
"""Characters of a definition that is worth its place."""


@dataclass(frozen=True, slots=True)
class Read:
    """A definition, and the form in which it is kept with its runs."""

    spec: WorkflowSpec
    kept: Definition


class Readings:
    """The definitions that were used last; threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: dict[str, Read] = {}

    def of(self, digest: str, definition: Callable[[], dict[str, Any]]) -> Read:
        """What has this digest; `definition` is asked for it where it is not known."""
        with self._lock:
            found = self._read.pop(digest, None)
            if found is not None:
                self._read[digest] = found
                return found
        spec = read_spec(definition())
        found = Read(spec, Definition.of(spec))
        if len(found.kept.body) <= _LONGEST:
            with self._lock:
                self._read[digest] = found
                while len(self._read) > _MOST:
                    del self._read[next(iter(self._read))]
        return found
