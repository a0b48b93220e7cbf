"""Statements on what several members may do, each asked once for all of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from docchain.features.identity.authorization.tables import GrantRow, RoleRow
from docchain.features.identity.keys.tables import ApiKeyRow
from docchain.features.identity.tables import MembershipRow, UserRow


class StandingRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def members(self, workspace_id: UUID, ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
        """Usernames and roles of those users who are enabled, and members."""
        rows = self._session.execute(
            select(UserRow.id, UserRow.username, MembershipRow.role)
            .join(MembershipRow, MembershipRow.user_id == UserRow.id)
            .where(MembershipRow.workspace_id == workspace_id, UserRow.disabled.is_(False), UserRow.id.in_(ids))
        )
        return {user: (username, role) for user, username, role in rows}

    def open_keys(self, ids: Collection[UUID], now: datetime) -> dict[UUID, ApiKeyRow]:
        """Those keys that were not revoked, and have not expired."""
        lasts = or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > now)
        wanted = select(ApiKeyRow).where(ApiKeyRow.id.in_(ids), ApiKeyRow.revoked_at.is_(None), lasts)
        return {row.id: row for row in self._session.scalars(wanted)}

    def roles(self, workspace_id: UUID, names: Collection[str]) -> dict[str, RoleRow]:
        wanted = select(RoleRow).where(RoleRow.workspace_id == workspace_id, RoleRow.name.in_(names))
        return {row.name: row for row in self._session.scalars(wanted)}

    def grants(self, workspace_id: UUID, users: Collection[UUID], roles: Collection[str]) -> Sequence[GrantRow]:
        """What was granted to any of these users or roles."""
        by_role = and_(GrantRow.subject_kind == "role", GrantRow.subject.in_(roles))
        by_user = and_(GrantRow.subject_kind == "user", GrantRow.subject.in_([str(user) for user in users]))
        return self._session.scalars(
            select(GrantRow).where(GrantRow.workspace_id == workspace_id, or_(by_role, by_user))
        ).all()
