"""Statements on all users and workspaces; each runs as the system."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, delete, func, or_, select
from sqlalchemy.orm import Session

from docchain.features.identity.domain import OWNER
from docchain.features.identity.installation.schemas import UserQuery, WorkspaceQuery
from docchain.features.identity.repository import Membership
from docchain.features.identity.tables import MembershipRow, UserRow, WorkspaceRow
from docchain.platform import personal
from docchain.platform.every_table import every_table
from docchain.platform.pagination import Order, count, take

_USERS = Order(UserRow.username_key, UserRow.id, descending=False)
_WORKSPACES = Order(WorkspaceRow.slug, WorkspaceRow.id, descending=False)
_OWNER_COLUMN = "user_id"


class InstallationRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def users(self, wanted: UserQuery) -> tuple[list[UserRow], str | None, int | None]:
        found = _matching(wanted)
        rows, cursor = take(self._session, found, _USERS, wanted.page())
        return rows, cursor, count(self._session, found) if wanted.total else None

    def workspaces(self, wanted: WorkspaceQuery) -> tuple[list[WorkspaceRow], str | None, int | None]:
        text = wanted.q.casefold()
        named = (WorkspaceRow.slug, func.lower(WorkspaceRow.name))
        found = select(WorkspaceRow).where(or_(*(name.contains(text, autoescape=True) for name in named)))
        rows, cursor = take(self._session, found, _WORKSPACES, wanted.page())
        return rows, cursor, count(self._session, found) if wanted.total else None

    def places(self, user_ids: Sequence[UUID]) -> dict[UUID, list[Membership]]:
        """By user, their workspaces and roles, the oldest workspace first."""
        rows = self._session.execute(
            select(MembershipRow.user_id, WorkspaceRow, MembershipRow.role)
            .join(WorkspaceRow, WorkspaceRow.id == MembershipRow.workspace_id)
            .where(MembershipRow.user_id.in_(user_ids))
            .order_by(WorkspaceRow.id)
        )
        found: dict[UUID, list[Membership]] = {user_id: [] for user_id in user_ids}
        for user_id, workspace, role in rows:
            found[user_id].append((workspace, role))
        return found

    def administrators(self, *, but: UUID) -> int:
        """How many others administer the installation, and may sign in."""
        counted = select(func.count(UserRow.id)).where(
            UserRow.installation_admin.is_(True), UserRow.disabled.is_(False), UserRow.id != but
        )
        return self._session.scalar(counted) or 0

    def owned_alone(self, user_id: UUID) -> list[str]:
        """Short names of the workspaces that nobody else owns."""
        others = select(MembershipRow.workspace_id).where(MembershipRow.role == OWNER, MembershipRow.user_id != user_id)
        own = (
            select(WorkspaceRow.slug)
            .join(MembershipRow, MembershipRow.workspace_id == WorkspaceRow.id)
            .where(MembershipRow.user_id == user_id, MembershipRow.role == OWNER, WorkspaceRow.id.not_in(others))
        )
        return list(self._session.scalars(own.order_by(WorkspaceRow.slug)))

    def delete_user(self, user_id: UUID) -> None:
        """Delete a user with all that is theirs alone: every row of any table that names them as its `user_id`.

        The key goes, too, under which the log has their names.
        """
        for table in reversed(every_table()):
            for theirs in _theirs(table, user_id):
                self._session.execute(delete(table).where(theirs))
        self._session.execute(delete(UserRow).where(UserRow.id == user_id))
        personal.erase(self._session, [user_id])
        self._session.expire_all()


def _theirs(table: Table, user_id: UUID) -> list[ColumnElement[bool]]:
    """Which rows of a table go with a user: those that name them, and those that name such a row."""
    if _OWNER_COLUMN in table.c:
        return [table.c[_OWNER_COLUMN] == user_id]
    found: list[ColumnElement[bool]] = []
    for key in table.foreign_keys:
        parent = key.column.table
        if _OWNER_COLUMN in parent.c:
            found.append(key.parent.in_(select(key.column).where(parent.c[_OWNER_COLUMN] == user_id)))
    return found


def _matching(wanted: UserQuery) -> Select[Any]:
    text = wanted.q.casefold()
    named = (UserRow.username_key, func.lower(UserRow.name), func.lower(UserRow.email))
    found = select(UserRow)
    if text:
        found = found.where(or_(*(name.contains(text, autoescape=True) for name in named)))
    if wanted.disabled is not None:
        found = found.where(UserRow.disabled.is_(wanted.disabled))
    if wanted.installation_admin is not None:
        found = found.where(UserRow.installation_admin.is_(wanted.installation_admin))
    if wanted.workspace is not None:
        members = (
            select(MembershipRow.user_id)
            .join(WorkspaceRow, WorkspaceRow.id == MembershipRow.workspace_id)
            .where(WorkspaceRow.slug == wanted.workspace)
        )
        found = found.where(UserRow.id.in_(members))
    return found
