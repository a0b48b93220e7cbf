"""Group commit: the facts of all runs that are ready go into one transaction, cut when no step is ready any more.

Of many runs one half is written while the steps of the other half are executed.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

import structlog

from docchain.engine.doors import JournalEntry
from docchain.engine.journal import Batch, Journal, JournalError, JournalUnavailableError, LeaseLostError
from docchain.engine.local.jobs import Job
from docchain.engine.local.resident import Resident
from docchain.engine.machine.facts import encode

_log = structlog.get_logger(__name__)
_KEPT: Final = 8_192
_KEPT_BYTES: Final = 64 * 1024 * 1024
_PAUSE: Final = 1.0
_TURNS: Final = 16
"""Turns of the event loop that a commit waits at most for steps that are ready: a run of quick steps is one entry."""
_MANY: Final = 32
"""Runs that are worth an fsync of their own: fewer are gathered with those that their answers set going."""

_Cut = tuple[Batch, list[JournalEntry], list[Resident], list[Job], list[asyncio.Future[None]]]


class Committer:
    """Gathers what must become durable and commits it, one batch at a time.

    `trouble` holds the last error while the journal refuses (a full disk): the batch is kept and tried again.
    """

    def __init__(self, journal: Journal, settled: Callable[[list[Resident], list[Job]], None]) -> None:
        self._journal = journal
        self._settled = settled
        self._dirty: list[Resident] = []
        self._held: list[Job] = []
        self._definitions: dict[str, str] = {}
        self._blobs: dict[tuple[bytes, bytes], bytes] = {}
        self._storing: dict[tuple[bytes, bytes], bytes] = {}
        self._cursors: dict[str, int] = {}
        self._closed: list[bytes] = []
        self._synced: list[asyncio.Future[None]] = []
        self._wanted = asyncio.Event()
        self._position = 0
        self._listeners: list[Callable[[], None]] = []
        self.recent: list[JournalEntry] = []
        self._recent_bytes = 0
        self._patient = True
        self._stuck: _Cut | None = None
        self._durable: list[Resident] = []
        self._released: list[Job] = []
        self.commits = 0
        self.trouble: Exception | None = None

    def goes_on_after(self, position: int) -> None:
        """The journal's last position, before anything is committed."""
        self._position = position

    def touch(self, run: Resident) -> None:
        """`run` got facts since the last cut, or its row in the book of open runs may be wrong."""
        if run.dirty:
            return
        run.dirty = True
        if not self._dirty:
            self._wanted.set()
        self._dirty.append(run)

    def close(self, key: bytes) -> None:
        """An ended child run has told its parent, with facts taken since the last cut."""
        self._closed.append(key)
        self._wanted.set()

    async def synced(self) -> None:
        """Return when everything taken so far is durable."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._synced.append(future)
        self._wanted.set()
        await future

    def keep_definition(self, digest: str, body: str) -> None:
        self._definitions[digest] = body

    def keep_blob(self, run: Resident, sha256: str, data: bytes) -> None:
        """Small bytes that a step made; they are committed with the fact that names them."""
        self._blobs[run.workspace.bytes, bytes.fromhex(sha256)] = data

    async def blob(self, workspace: bytes, sha256: bytes) -> bytes | None:
        """Those that are not durable yet are found too: the step that made them may hand them on."""
        key = (workspace, sha256)
        data = self._blobs.get(key) or self._storing.get(key)
        return data if data is not None else await self._journal.blob(workspace, sha256)

    def move_cursor(self, name: str, position: int) -> None:
        self._cursors[name] = position
        self._wanted.set()

    def hold(self, job: Job) -> None:
        """Hand the job back when everything taken so far is on disk."""
        self._held.append(job)
        self._wanted.set()

    def on_commit(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    async def run(self, busy: Callable[[], bool]) -> None:
        """Commit until cancelled, or until the lease is lost: then nothing more is written, ever.

        Args:
            busy: whether steps are ready to be executed; their facts go into the same commit.

        Raises:
            LeaseLostError: another engine writes this journal now.
        """
        while True:
            if not self._durable:
                await self._wanted.wait()
            for _ in range(_TURNS):
                await asyncio.sleep(0)
                if not busy():
                    break
            if not self._wanted.is_set():
                self._answer()
                continue
            self._wanted.clear()  # after the turns: what came in them is in this batch, an empty one would follow
            await self._commit()
            if len(self._durable) < _MANY:
                self._answer()
            elif not (self._wanted.is_set() or busy()):
                self._answer(len(self._durable) // 2)  # all are in step: let the others follow when these are written

    async def flush(self) -> None:
        """Commit what is left, once; what the journal refuses now was never answered and is done again."""
        self._patient = False
        try:
            if self._stuck is not None and not isinstance(self.trouble, LeaseLostError):
                await self._conclude(*self._stuck)
            if not isinstance(self.trouble, LeaseLostError):
                self._answer()
            while not isinstance(self.trouble, LeaseLostError) and (self._dirty or self._cursors or self._closed):
                await self._commit()
                self._answer()
        except JournalError as error:
            _log.error(
                "journal_refuses", error=str(error), hint="Free disk space or start the database, then start again."
            )

    async def _commit(self) -> None:
        runs, self._dirty = self._dirty, []
        held, self._held = self._held, []
        synced, self._synced = self._synced, []
        batch, entries = self._cut(runs)
        # A stop may cut in here, and later facts must never become durable without these.
        self._stuck = batch, entries, runs, held, synced
        self._answer()
        await self._conclude(*self._stuck)

    async def _conclude(
        self,
        batch: Batch,
        entries: list[JournalEntry],
        runs: list[Resident],
        held: list[Job],
        synced: list[asyncio.Future[None]],
    ) -> None:
        await self._store(batch)
        self._stuck = None
        self.commits += 1
        self._remember(entries, sum(len(row[2]) for row in batch.entries))
        self._durable.extend(runs)
        self._released.extend(held)
        for future in synced:
            if not future.done():
                future.set_result(None)
        for listener in self._listeners:
            listener()

    def _answer(self, most: int | None = None) -> None:
        """Tell that runs are durable and effects may go; at most so many, the first of them."""
        if not (self._durable or self._released):
            return
        if not self._journal.is_ours:
            self.trouble = LeaseLostError("The lease may have run out while this process stood still.")
            raise self.trouble
        runs, self._durable = self._durable[:most], self._durable[most:] if most else []
        held, self._released = self._released[:most], self._released[most:] if most else []
        self._settled(runs, held)

    def _remember(self, entries: list[JournalEntry], size: int) -> None:
        """The newest entries, for readers that follow closely; the others read the file."""
        self._recent_bytes += size
        if self._recent_bytes > _KEPT_BYTES:
            self.recent, self._recent_bytes = [], size
        self.recent.extend(entries)
        if len(self.recent) > 2 * _KEPT:
            del self.recent[:-_KEPT]

    def _cut(self, runs: Iterable[Resident]) -> tuple[Batch, list[JournalEntry]]:
        definitions, self._definitions = self._definitions, {}
        cursors, self._cursors = self._cursors, {}
        self._storing, self._blobs = self._blobs, {}
        closed, self._closed = self._closed, []
        batch = Batch(cursors=cursors, definitions=list(definitions.items()), closed_runs=closed)
        batch.blobs.extend((*key, data) for key, data in self._storing.items())
        entries: list[JournalEntry] = []
        for run in runs:
            run.dirty = False
            run.storing += 1
            if facts := run.facts:
                self._position += 1
                batch.entries.append((self._position, run.key, encode(facts)))
                entries.append(JournalEntry(self._position, run.id, facts))
                batch.effects.extend(run.effects())
                run.cut()
            _keep_book(run, batch)
        return batch, entries

    async def _store(self, batch: Batch) -> None:
        while True:
            try:
                await self._journal.commit(batch)
            except LeaseLostError as error:
                self.trouble = error
                raise
            except JournalUnavailableError as error:
                if not self._patient:
                    raise
                if self.trouble is None:
                    _log.error(
                        "journal_refuses",
                        error=str(error),
                        hint="Free disk space or start the database; nothing is lost.",
                    )
                self.trouble = error
                await asyncio.sleep(_PAUSE)
            else:
                self.trouble = None
                return


def _keep_book(run: Resident, batch: Batch) -> None:
    """An ended child run stays in the book until its parent knows; a broken run is looked at by the next start."""
    if run.broken:
        run.book = (1, None)
        batch.open_runs.append((run.key, run.owner, *run.book))
        return
    if run.ended and run.state.parent is None:
        if run.book is not None:
            batch.closed_runs.append(run.key)
            run.book = None
        return
    book = (int(run.active), run.timers.next())
    if book != run.book:
        batch.open_runs.append((run.key, run.owner, *book))
        run.book = book
