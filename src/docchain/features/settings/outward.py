"""The rules of workspaces for what leaves, and the audit of what was refused."""

import time
from typing import Any, Final
from uuid import UUID

from docchain.features.settings.house import WorkspaceSettings
from docchain.platform.database import Database
from docchain.platform.outgoing_rules import Rules
from docchain.platform.work import Actor

_EVERY: Final = 60.0
_MOST: Final = 1_000


class Outward:
    """What guarded clients ask.

    Args:
        settings: where workspaces keep their rules.
        database: where refusals are written: the first at once, equal ones of the next minute with the one after it.
    """

    def __init__(self, settings: WorkspaceSettings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._made: dict[UUID, tuple[dict[str, Any], bool, Rules]] = {}
        self._told: dict[tuple[UUID, str], tuple[float, int]] = {}

    async def rules(self, workspace: UUID) -> Rules:
        """What its `outgoing` lists; closed altogether where its `ai` says that nothing leaves."""
        chosen = await self._settings.of(workspace, "outgoing") or {}
        closed = bool((await self._settings.of(workspace, "ai") or {}).get("nothing_leaves"))
        known = self._made.get(workspace)
        if known is None or known[:2] != (chosen, closed):
            rules = Rules(chosen.get("allow", ()), chosen.get("deny", ()), closed=closed)
            known = self._made[workspace] = (chosen, closed, rules)
        return known[2]

    async def refused(self, workspace: UUID, why: str) -> None:
        now = time.monotonic()
        at, count = self._told.get((workspace, why), (float("-inf"), 0))
        if now - at < _EVERY:
            self._told[workspace, why] = (at, count + 1)
            return
        if len(self._told) >= _MOST:
            self._told.clear()
        self._told[workspace, why] = (now, 0)
        told = {"detail": why, "count": count + 1}
        await self._database.write(
            lambda work: work.emit("security.address_refused", "outgoing", workspace, told),
            Actor(None, "system", workspace),
        )
