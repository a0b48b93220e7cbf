"""Runs that the machine broke on: nobody feeds them in this life of the process, and nobody else is held up.

What their whole turns decided before is committed, and nothing of the turn that broke; the next start tries again.
"""

from uuid import UUID

import structlog

_log = structlog.get_logger(__name__)


class Quarantine:
    """Keys of runs; `len` is how many broke."""

    def __init__(self) -> None:
        self._keys: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def add(self, run_id: UUID, error: Exception) -> None:
        self._keys.add(run_id.bytes)
        _log.error(
            "run_broke",
            run_id=str(run_id),
            error=f"{type(error).__name__}: {error}",
            broken=len(self),
            hint="The run stands still until the engine is started again, the others go on; report this fault.",
            exc_info=error,
        )
