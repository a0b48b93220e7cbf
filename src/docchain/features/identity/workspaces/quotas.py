"""Quotas: what a workspace may hold, checked in the transaction that would make one more."""

from collections.abc import Callable
from datetime import datetime

from docchain.features.identity.workspaces.errors import QuotaExceeded
from docchain.features.identity.workspaces.repository import EVERYWHERE, WorkspaceRepository
from docchain.features.identity.workspaces.schemas import Quota
from docchain.platform.database import Database
from docchain.platform.settings_accounts import AccountSettings
from docchain.platform.work import SYSTEM, Work


class Quotas:
    """Of the workspace that the work is in."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = WorkspaceRepository(work.session)

    def in_force(self) -> Quota:
        """The workspace's own where it has one, else what the installation says; 0: no limit."""
        kept = self._rows.quotas(self._work.workspace_id)
        return Quota(
            users=next((row.users for row in kept if row.users is not None), 0),
            runs_a_day=next((row.runs_a_day for row in kept if row.runs_a_day is not None), 0),
        )

    def check_member(self) -> None:
        """Refuse one more member than the workspace may have.

        Raises:
            QuotaExceeded: there are as many.
        """
        most = self.in_force().users
        if most and self._rows.count_members(self._work.workspace_id) >= most:
            raise QuotaExceeded("members", most)

    def check_runs(self, more: int, started_since: Callable[[datetime], int]) -> None:
        """Refuse so many more runs today than the workspace may start.

        Args:
            more: how many are to be started.
            started_since: counts those that were ordered from a moment on.

        Raises:
            QuotaExceeded: they would be too many.
        """
        most = self.in_force().runs_a_day
        if not most:
            return
        midnight = self._work.now.replace(hour=0, minute=0, second=0, microsecond=0)
        if started_since(midnight) + more > most:
            raise QuotaExceeded("runs a day", most)

    def choose(self, quota: Quota) -> Quota:
        """Keep the workspace's own."""
        self._rows.keep_quota(self._work.workspace_id, quota.users, quota.runs_a_day)
        self._work.emit("workspace.quota_changed", "workspace", self._work.workspace_id, quota.model_dump())
        return self.in_force()


async def prepare_quotas(database: Database, settings: AccountSettings) -> None:
    """Keep what the settings say for workspaces that have no quota of their own, where every process reads it."""
    wanted = (settings.quota_users, settings.quota_runs)

    def known(work: Work) -> tuple[int | None, int | None]:
        return next(iter(WorkspaceRepository(work.session).quotas(EVERYWHERE)), (0, 0))

    if await database.read(known, SYSTEM) != wanted:
        await database.write(lambda work: WorkspaceRepository(work.session).keep_quota(EVERYWHERE, *wanted), SYSTEM)
