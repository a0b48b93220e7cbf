"""Statements on who users are at other providers; each runs as the system."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from docchain.features.identity.oidc.tables import ExternalIdentityRow
from docchain.features.identity.tables import MembershipRow, UserRow
from docchain.platform.letters import lowered


class ExternalRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def identity(self, issuer: str, subject: str) -> ExternalIdentityRow | None:
        return self._session.get(ExternalIdentityRow, (issuer, subject))

    def add(self, row: ExternalIdentityRow) -> None:
        self._session.add(row)
        self._session.flush()

    def users_with(self, email: str) -> Sequence[UserRow]:
        """Who proved that an address is theirs."""
        own = (lowered(UserRow.email) == email.lower(), UserRow.email_verified_at.is_not(None))
        return self._session.scalars(select(UserRow).where(*own, UserRow.disabled.is_(False)).limit(2)).all()

    def membership(self, user_id: UUID, workspace_id: UUID) -> MembershipRow | None:
        return self._session.get(MembershipRow, (user_id, workspace_id))

    def members_with(self, workspace_id: UUID, role: str) -> int:
        wanted = (MembershipRow.workspace_id == workspace_id, MembershipRow.role == role)
        return self._session.scalar(select(func.count()).select_from(MembershipRow).where(*wanted)) or 0

    def drop(self, row: MembershipRow) -> None:
        self._session.delete(row)
        self._session.flush()
