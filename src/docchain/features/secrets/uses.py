"""Uses of secrets, for the audit: the first is written before the value is handed out, the next ones are counted."""

from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from docchain.features.secrets.repository import KIND, SecretRepository
from docchain.platform.database import Database
from docchain.platform.work import Actor, Work

_MOST: Final = 10_000


class User(NamedTuple):
    """Who uses a secret: in which workspace, what it does (a step of a run, a source), and in whose name."""

    workspace: UUID
    what: str
    actor: str
    run: str = ""


@dataclass(slots=True)
class _Counted:
    name: str
    count: int
    last: User


class Uses:
    """Counts by secret and by what uses it; a killed process takes the counts of its last minute with it.

    Args:
        database: where they are written.
        every: seconds for which uses after the first are counted together.
    """

    def __init__(self, database: Database, every: float) -> None:
        self._database = database
        self.every = every
        self._counted: dict[tuple[UUID, str], _Counted] = {}

    async def note(self, secret: UUID, name: str, user: User) -> None:
        found = self._counted.get((secret, user.what))
        if found is not None:
            found.count, found.last = found.count + 1, user
            return
        if len(self._counted) < _MOST:
            self._counted[secret, user.what] = _Counted(name, 0, user)
        await self._write(secret, _Counted(name, 1, user))

    async def flush(self) -> None:
        """Write what was counted."""
        counted, self._counted = self._counted, {}
        for (secret, _), found in counted.items():
            if found.count:
                await self._write(secret, found)

    async def _write(self, secret: UUID, found: _Counted) -> None:
        user = found.last

        def write(work: Work) -> None:
            SecretRepository(work.session).used(secret, found.count, work.now)
            told = {"name": found.name, "by": user.what, "run": user.run, "uses": found.count}
            work.emit("security.secret_used", KIND, secret, told)

        await self._database.write(write, Actor(None, user.actor or "system", user.workspace))
