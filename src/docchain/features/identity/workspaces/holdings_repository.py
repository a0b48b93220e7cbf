"""Everything that the database holds of one workspace: every table that has a `workspace_id`, whoever made it.

A new table is exported and deleted without being named here; what must not leave is.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.orm import Session

from docchain.features.identity.tables import MembershipRow, UserRow, WorkspaceRow
from docchain.features.identity.workspaces.tables import WorkspaceErasureRow
from docchain.platform import personal
from docchain.platform.every_table import every_table
from docchain.platform.tables import WORKSPACE

REMAINS: Final = frozenset({WorkspaceErasureRow.__tablename__})
"""What is left of a workspace that was deleted."""
NOT_EXPORTED: Final = frozenset({"subject_key", *REMAINS})
"""Keys are of no use elsewhere; what they open is exported open."""
SECRET: Final[dict[str, frozenset[str]]] = {
    "api_key": frozenset({"digest", "former_digest"}),
    "invitation": frozenset({"token_hash"}),
    "secret": frozenset({"sealed"}),
    "ai_answer": frozenset({"sealed"}),
}
"""Columns that leave no installation."""
_CHUNK: Final = 500
_OPENED: Final = frozenset({"event"})


@cache
def held_tables() -> tuple[Table, ...]:
    """All tables with rows of workspaces, children first, so that they can be emptied in this order."""
    return tuple(table for table in reversed(every_table()) if WORKSPACE in table.c and table.name not in REMAINS)


class HoldingsRepository:
    """Takes the session of the system, which sees all workspaces."""

    def __init__(self, session: Session, workspace_id: UUID) -> None:
        self._session = session
        self._workspace_id = workspace_id

    def page(self, table: Table, after: tuple[Any, ...] | None) -> tuple[list[dict[str, Any]], tuple[Any, ...] | None]:
        """The next rows of a table as plain values, and behind which the ones after them come."""
        keys = list(table.primary_key.columns)
        wanted = select(table).where(table.c[WORKSPACE] == self._workspace_id)
        if after is not None:
            types = [key.type for key in keys]
            wanted = wanted.where(tuple_(*keys) > tuple_(*after, types=types))
        rows = self._session.execute(wanted.order_by(*keys).limit(_CHUNK)).mappings().all()
        last = tuple(rows[-1][key.name] for key in keys) if len(rows) == _CHUNK else None
        hidden = SECRET.get(table.name, frozenset())
        plain = [{str(name): plain_of(value) for name, value in row.items() if name not in hidden} for row in rows]
        return (personal.opened(self._session, plain) if table.name in _OPENED else plain), last

    def empty(self, table: Table) -> int:
        """Delete some of the workspace's rows of a table; how many."""
        self._overwrite(on=True)
        keys = list(table.primary_key.columns)
        some = select(*keys).where(table.c[WORKSPACE] == self._workspace_id).limit(_CHUNK)
        those = keys[0].in_(some) if len(keys) == 1 else tuple_(*keys).in_(some)
        gone = len(self._session.execute(delete(table).where(those).returning(keys[0])).all())
        self._overwrite(on=False)
        return gone

    def _overwrite(self, *, on: bool) -> None:
        """SQLite leaves what it deletes in the file until the place is used again, unless it is told not to."""
        if self._session.get_bind().dialect.name == "sqlite":
            self._session.connection().exec_driver_sql(f"PRAGMA secure_delete={'ON' if on else 'OFF'}").all()

    def members(self) -> Iterator[dict[str, Any]]:
        """Who the members are: what is known of users is kept with no workspace."""
        rows = self._session.execute(
            select(UserRow.id, UserRow.username, UserRow.name, UserRow.email, MembershipRow.role)
            .join(MembershipRow, MembershipRow.user_id == UserRow.id)
            .where(MembershipRow.workspace_id == self._workspace_id)
            .order_by(UserRow.username_key)
        )
        for row in rows.mappings():
            yield {str(name): plain_of(value) for name, value in row.items()}

    def workspace(self) -> WorkspaceRow | None:
        return self._session.get(WorkspaceRow, self._workspace_id)

    def erasure(self) -> WorkspaceErasureRow | None:
        return self._session.get(WorkspaceErasureRow, self._workspace_id)

    def add(self, row: WorkspaceErasureRow) -> None:
        self._session.add(row)
        self._session.flush()

    def forget_workspace(self) -> None:
        row = self.workspace()
        if row is not None:
            self._session.delete(row)
            self._session.flush()


def ordered(session: Session) -> list[WorkspaceErasureRow]:
    """What is to be deleted, the oldest order first."""
    open_ = select(WorkspaceErasureRow).where(WorkspaceErasureRow.erased_at.is_(None))
    return list(session.scalars(open_.order_by(WorkspaceErasureRow.asked_at)))


def erased_since(session: Session, moment: datetime) -> list[UUID]:
    """The workspaces that were deleted a short while ago."""
    lately = select(WorkspaceErasureRow.workspace_id).where(WorkspaceErasureRow.erased_at > moment)
    return list(session.scalars(lately))


def latest(session: Session, most: int) -> list[WorkspaceErasureRow]:
    return list(session.scalars(select(WorkspaceErasureRow).order_by(WorkspaceErasureRow.asked_at.desc()).limit(most)))


def plain_of(value: Any) -> Any:
    """As JSON can hold it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, UUID) else value
