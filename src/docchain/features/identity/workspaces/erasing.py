"""Deletes everything of a workspace: ordered in a transaction, done beside the product, begun again after a crash."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Table

from docchain.features.identity import domain
from docchain.features.identity.errors import NoSuchWorkspace
from docchain.features.identity.workspaces.errors import NeededWorkspace, NotConfirmed, OwnersOnly
from docchain.features.identity.workspaces.holdings_repository import (
    HoldingsRepository,
    erased_since,
    held_tables,
    latest,
    ordered,
)
from docchain.features.identity.workspaces.repository import WorkspaceRepository
from docchain.features.identity.workspaces.schemas import Erasure
from docchain.features.identity.workspaces.tables import WorkspaceErasureRow
from docchain.platform.database import Database
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
Part = Callable[[UUID], Awaitable[None]]
"""Deletes what one part of the product keeps of a workspace outside the database; may be called again."""
_RHYTHM: Final = Rhythm(rest=1.0, poll=5.0)
_SHOWN: Final = 100
_LATE: Final = timedelta(minutes=10)
_PAUSE: Final = 5.0


class Erasures:
    """In one transaction."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def order(self, workspace_id: UUID, confirm: str) -> Erasure:
        """Have a workspace deleted; from this commit on nobody is a member any more.

        Raises:
            NoSuchWorkspace: it is gone already.
            NeededWorkspace: the installation began with it, and acts there.
            NotConfirmed: its short name was not given.
        """
        holdings = HoldingsRepository(self._work.session, workspace_id)
        row = holdings.workspace()
        if row is None:
            raise NoSuchWorkspace(str(workspace_id))
        if row.slug == domain.DEFAULT_WORKSPACE:
            raise NeededWorkspace(hint="Delete what is in it instead.")
        if confirm != row.slug:
            raise NotConfirmed(row.slug)
        erasure = holdings.erasure()
        if erasure is None:
            erasure = WorkspaceErasureRow(
                workspace_id=row.id,
                slug=row.slug,
                name=row.name,
                asked_by=self._work.actor.name,
                asked_at=self._work.now,
                erased_at=None,
                rows=None,
                trouble=None,
            )
            holdings.add(erasure)
            self._work.emit("workspace.erasure_ordered", "workspace", row.id, {"slug": row.slug})
            self._shut(workspace_id)
        return _shown(erasure)

    def list(self) -> "list[Erasure]":
        return [_shown(row) for row in latest(self._work.session, _SHOWN)]

    def _shut(self, workspace_id: UUID) -> None:
        """Let nobody in any more."""
        rows = WorkspaceRepository(self._work.session)
        for user, membership in rows.members(workspace_id):
            rows.remove(membership)
            self._work.emit("membership.removed", "user", user.id, {"role": membership.role})


def require_owner(work: Work) -> None:
    """Refuse whoever does not own the workspace that they act in.

    Raises:
        OwnersOnly: they do not.
    """
    if not work.actor.is_system and domain.OWNER not in work.actor.roles:
        raise OwnersOnly(hint="Ask one: GET /api/v3/workspace/members.")


class Eraser:
    """Does what was ordered, in the process that executes runs.

    Args:
        database: where the orders are, and most of what goes.
        parts: what others keep, in this order; before the rows of the database go.
        last: the same, after them.
    """

    def __init__(self, database: Database, parts: Sequence[Part], last: Sequence[Part] = ()) -> None:
        self._database = database
        self._parts = parts
        self._last = last
        self._wake = asyncio.Event()
        self._swept: dict[UUID, float] = {}
        database.on_events(self._wake.set)

    async def run(self) -> None:
        """Delete until cancelled; what fails is tried again."""
        await persevere(self.round, self._wake, _RHYTHM, "workspace_not_erased")

    async def round(self) -> None:
        """Do all that was ordered."""
        wanted = await self._database.read(lambda work: [row.workspace_id for row in ordered(work.session)], SYSTEM)
        for workspace_id in wanted:
            try:
                await self._erase(workspace_id)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"[:500]
                await self._database.write(partial(_trouble, workspace_id=workspace_id, reason=reason), SYSTEM)
                raise
        await self._sweep_again()

    async def _sweep_again(self) -> None:
        """What was under way when a workspace went may still have left something behind."""
        since = self._database.clock.now() - _LATE
        for workspace_id in await self._database.read(lambda work: erased_since(work.session, since), SYSTEM):
            if monotonic() - self._swept.get(workspace_id, 0.0) > _PAUSE:
                await self._empty(workspace_id)
                for part in self._last:
                    await part(workspace_id)
                self._swept[workspace_id] = monotonic()

    async def _erase(self, workspace_id: UUID) -> None:
        for part in self._parts:
            await part(workspace_id)
        counted = await self._empty(workspace_id)
        for part in self._last:
            await part(workspace_id)
        for table, more in (await self._empty(workspace_id)).items():  # what came while it was being emptied
            counted[table] = counted.get(table, 0) + more
        await self._database.write(lambda work: _finish(work, workspace_id, counted), SYSTEM)
        log.info("workspace_erased", workspace=str(workspace_id), rows=sum(counted.values()))

    async def _empty(self, workspace_id: UUID) -> dict[str, int]:
        """A few rows a transaction, so that nobody waits for long."""
        counted: dict[str, int] = {}
        for table in held_tables():
            some = partial(_empty_some, workspace_id=workspace_id, table=table)
            while more := await self._database.write(some, SYSTEM):
                counted[table.name] = counted.get(table.name, 0) + more
        return counted


def _empty_some(work: Work, workspace_id: UUID, table: Table) -> int:
    return HoldingsRepository(work.session, workspace_id).empty(table)


def _finish(work: Work, workspace_id: UUID, counted: dict[str, int]) -> None:
    """Told outside the workspace: inside, nothing is left to tell it."""
    holdings = HoldingsRepository(work.session, workspace_id)
    row = holdings.erasure()
    if row is None:
        return
    row.erased_at, row.rows, row.trouble = work.now, counted, None
    holdings.forget_workspace()
    told = {"slug": row.slug, "asked_by": row.asked_by, "rows": sum(counted.values())}
    work.emit("workspace.erased", "workspace", workspace_id, told)


def _trouble(work: Work, workspace_id: UUID, reason: str) -> None:
    row = HoldingsRepository(work.session, workspace_id).erasure()
    if row is not None:
        row.trouble = reason


def _shown(row: WorkspaceErasureRow) -> Erasure:
    return Erasure(
        workspace_id=row.workspace_id,
        slug=row.slug,
        name=row.name,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        erased_at=row.erased_at,
        rows=row.rows,
        trouble=row.trouble,
    )
