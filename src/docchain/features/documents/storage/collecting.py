"""Garbage collection: tells of every stored content why it stays or goes, and removes only what nothing names.

Content is kept while it is young: whoever stores content names it soon after, and storing it again makes it young.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from docchain.features.documents.storage.repository import StorageRepository
from docchain.features.documents.storage.schemas import Verdict
from docchain.features.documents.storage.service import SUBJECT
from docchain.features.runs import ENDED, Run, RunFilter, RunService
from docchain.platform.clock import Clock, SystemClock
from docchain.platform.database import Database
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.storage.layout import SUFFIX
from docchain.platform.storage.shelf import Item
from docchain.platform.storage.store import BlobStore
from docchain.platform.work import Actor, Work

Keeper = Callable[[Work, Sequence[str]], Mapping[str, str]]
"""Tells which of these contents must stay, and why; asked again in the transaction that condemns."""
NOTHING: Final = "nothing names it: no version, no run under way"
_PAGE: Final = 200
_RUNS: Final = 200
_OPEN: Final = ("queued", "running", "waiting", "paused")
_SHA256: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def named_by_versions(work: Work, shas: Sequence[str]) -> Mapping[str, str]:
    named = StorageRepository(work).named(shas)
    return {sha256: f"a version of document {document_id} has this content" for sha256, document_id in named.items()}


class Collector:
    """Collects within one workspace.

    Args:
        database: who names what.
        blobs: what is stored.
        journal: the engine's; runs under way may name what no version does yet.
        keepers: who else has a say: holds, intake.
        grace: how long everything stays.
        clock: what time it is.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        journal: Any,
        keepers: Sequence[Keeper],
        grace: timedelta,
        clock: Clock | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._journal = journal
        self._keepers = [named_by_versions, *keepers]
        self._grace = grace
        self._clock = clock or SystemClock()

    async def collect(self, actor: Actor, *, dry_run: bool) -> AsyncIterator[Verdict]:
        """Judge everything that is stored; without `dry_run`, remove what is garbage, with an event for each."""
        assert actor.workspace_id is not None  # noqa: S101 - whoever collects is in a workspace
        oldest = self._clock.now() - self._grace
        under_way: dict[str, str] | None = None
        async for page in _pages(self._blobs.shelf.items(str(actor.workspace_id))):
            items = {_sha_of(item): item for item in page}
            reasons = {sha: self._young(item) for sha, item in items.items() if item.modified > oldest}
            old = [sha for sha in items if sha not in reasons]
            reasons |= await self._database.read(partial(self._reasons, old), actor)
            if len(reasons) < len(items):
                under_way = await self._under_way(actor) if under_way is None else under_way
                reasons = {sha: under_way[sha] for sha in items if sha in under_way} | reasons
            for sha, item in items.items():
                yield await self._judged(actor, item, reasons.get(sha), oldest, dry_run=dry_run)

    async def _judged(
        self, actor: Actor, item: Item, reason: str | None, oldest: datetime, *, dry_run: bool
    ) -> Verdict:
        if reason is None and not dry_run:
            reason = await self._drop(actor, item, oldest)
        return Verdict(
            sha256=_sha_of(item),
            size=item.size,
            stored_at=item.modified,
            kept=reason is not None,
            reason=reason or NOTHING,
        )

    async def _drop(self, actor: Actor, item: Item, oldest: datetime) -> str | None:
        """Say it first, then do it: an event may tell of what is dropped a moment later, never the other way round."""
        sha = _sha_of(item)
        told = {"sha256": sha, "size": item.size, "stored_at": item.modified.isoformat(), "reason": NOTHING}

        def condemn(work: Work) -> str | None:
            reason = self._reasons([sha], work).get(sha)
            if reason is None:
                work.emit("storage.blob_dropped", SUBJECT, actor.workspace_id, told)
            return reason

        reason = await self._database.write(condemn, actor)
        if reason is not None or await self._blobs.shelf.drop(item.name, oldest):
            return reason
        spared = "it was stored again meanwhile"
        await self._database.write(
            lambda work: work.emit("storage.blob_spared", SUBJECT, actor.workspace_id, told | {"reason": spared}), actor
        )
        return spared

    def _reasons(self, shas: Sequence[str], work: Work) -> dict[str, str]:
        found: dict[str, str] = {}
        for keeper in reversed(self._keepers) if shas else ():
            found |= keeper(work, shas)
        return found

    def _young(self, item: Item) -> str:
        hours = self._grace.total_seconds() / 3600
        return f"it was stored at {item.modified:%Y-%m-%d %H:%M} UTC, and everything stays {hours:g} hours"

    async def _under_way(self, actor: Actor) -> dict[str, str]:
        """Whatever looks like a content's name in the facts of runs that have not ended."""
        named: dict[str, str] = {}
        async for runs in self._open_runs(actor):
            facts = await self._journal.facts_of([run_id.bytes for run_id in runs])
            for key, entries in facts.items():
                for match in _SHA256.findall(b"\n".join(entries)):
                    named[match.decode()] = f"run {runs[UUID(bytes=key)]} is under way and names it"
        return named

    async def _open_runs(self, actor: Actor) -> AsyncIterator[dict[UUID, str]]:
        assert not set(_OPEN) & set(ENDED)  # noqa: S101 - one or the other
        wanted = [RunFilter(_OPEN, children=True), RunFilter(_OPEN, system=True)]
        for chosen in wanted:
            cursor: str | None = None
            while True:
                request = PageRequest(_RUNS, cursor)
                page = await self._database.read(partial(_runs, chosen, request), actor)
                yield {run.id: run.handle for run in page.items}
                cursor = page.next_cursor
                if cursor is None:
                    break


def _runs(wanted: RunFilter, request: PageRequest, work: Work) -> Page[Run]:
    return RunService(work).list(wanted, request)


def _sha_of(item: Item) -> str:
    return item.name.rpartition("/")[2].removesuffix(SUFFIX)


async def _pages(items: AsyncIterator[Item]) -> AsyncIterator[list[Item]]:
    page: list[Item] = []
    async for item in items:
        page.append(item)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page
