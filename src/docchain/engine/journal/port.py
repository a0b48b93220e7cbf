"""What an engine asks of a journal; SQLite and PostgreSQL answer alike."""

from collections.abc import Sequence
from typing import Final, Protocol

from docchain.engine.journal.batch import Batch

EffectRow = tuple[bytes, str, int, str, str, int]
"""Run, step, attempt, key, status, moment in microseconds."""


COMMANDS: Final = "docchain_commands"
"""The channel on which a transaction that appended commands tells PostgreSQL's listeners."""


class JournalError(Exception):
    """The journal cannot be used; the message says why and what to do."""


class JournalUnavailableError(JournalError):
    """Nothing of the batch was kept, or nobody knows (a lost connection): it may be committed again.

    A full disk or a database that is away; committing a batch twice is harmless, its positions are in it.
    """


class LeaseLostError(JournalError):
    """Another engine holds the lease: nothing of the batch was kept, and this engine must stop."""


class Journal(Protocol):
    """Keys are the 16 bytes of run ids; moments are microseconds since the epoch."""

    async def open(self) -> None:
        """Connect, and make the tables where they are absent."""
        ...

    async def close(self) -> None: ...

    @property
    def is_ours(self) -> bool:
        """Whether nobody else can write it yet; a process that was stopped must not act on what it wrote before."""
        ...

    async def commit(self, batch: Batch) -> None:
        """Make a batch durable, all of it or nothing.

        Raises:
            JournalUnavailableError: try again.
            LeaseLostError: stop.
        """
        ...

    async def last_position(self) -> int: ...

    async def cursors(self) -> dict[str, int]: ...

    async def known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the runs that have a history."""
        ...

    async def facts_of(self, keys: Sequence[bytes]) -> dict[bytes, list[bytes]]:
        """The entries of each of these runs in order; runs without a history are absent."""
        ...

    async def entries_of(self, keys: Sequence[bytes]) -> list[tuple[int, bytes, bytes]]:
        """Position, run and facts of all entries of these runs."""
        ...

    async def forget(self, keys: Sequence[bytes]) -> None:
        """Delete what is kept of these ended runs; only a few at a time, for it takes its turn with the commits.

        Positions are never given out again: the newest entry of all is emptied, not deleted.
        """
        ...

    async def rewrite(self, rows: Sequence[tuple[int, bytes]]) -> None:
        """Replace the facts at these positions, of ended runs, by what retention leaves of them."""
        ...

    async def entries_after(self, position: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Position, run and facts of the next entries."""
        ...

    async def active_runs(self) -> list[tuple[bytes, bytes]]:
        """Run and workspace of every unfinished run that has work to do now, in the order of their ids."""
        ...

    async def due_after(self, last: tuple[int, bytes], until: int, limit: int) -> list[tuple[int, bytes]]:
        """The next timers behind `last`, due at `until` at the latest: moment and run, in this order."""
        ...

    async def definition(self, digest: str) -> str | None: ...

    async def blob(self, workspace: bytes, sha256: bytes) -> bytes | None: ...

    async def forget_blobs(self, workspace: bytes, shas: Sequence[bytes], since: int) -> None:
        """Delete these contents of a workspace, unless facts that came behind `since` name them."""
        ...

    async def shas_of(self, workspace: bytes) -> list[bytes]:
        """The SHA-256 of all blobs of a workspace."""
        ...

    async def effects(self, status: str, limit: int) -> list[EffectRow]:
        """Rows of the effect ledger in one status."""
        ...
