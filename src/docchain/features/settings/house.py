"""Settings of workspaces as the rest of the product sees them: in memory, and some seconds old at most."""

import asyncio
import time
from typing import Any, Final
from uuid import UUID

from docchain.features.settings.service import values_of_all
from docchain.platform.database import Database
from docchain.platform.work import SYSTEM

_FRESH: Final = 3.0


class WorkspaceSettings:
    """What doors find at `services.workspace_settings`.

    Args:
        database: where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, dict[UUID, dict[str, Any]]]] = {}
        self._reading = asyncio.Lock()

    async def of(self, workspace: UUID, name: str) -> dict[str, Any] | None:
        """What a workspace has set."""
        return (await self.of_all(name)).get(workspace)

    async def of_all(self, name: str) -> dict[UUID, dict[str, Any]]:
        """The same of all workspaces; few set anything."""
        async with self._reading:
            at, values = self._known.get(name, (float("-inf"), {}))
            if time.monotonic() - at > _FRESH:
                values = await self._database.read(lambda work: values_of_all(work, name), SYSTEM)
                self._known[name] = (time.monotonic(), values)
            return values

    def forget(self) -> None:
        """Something was set here: look again at once."""
        self._known.clear()
