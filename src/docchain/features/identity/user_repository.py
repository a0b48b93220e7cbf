"""Statements on all users of an installation, for whoever runs it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from docchain.features.identity.repository import Membership
from docchain.features.identity.tables import MembershipRow, SessionRow, UserRow, WorkspaceRow


class UserRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> list[tuple[UserRow, list[Membership]]]:
        """Every user with their workspaces, by username."""
        places: dict[UUID, list[Membership]] = {}
        joined = select(MembershipRow.user_id, WorkspaceRow, MembershipRow.role).join(
            WorkspaceRow, WorkspaceRow.id == MembershipRow.workspace_id
        )
        for user_id, workspace, role in self._session.execute(joined.order_by(WorkspaceRow.id)):
            places.setdefault(user_id, []).append((workspace, role))
        users = self._session.scalars(select(UserRow).order_by(UserRow.username_key))
        return [(user, places.get(user.id, [])) for user in users]

    def end_sessions(self, user_id: UUID, now: datetime, but: UUID | None = None) -> Sequence[UUID]:
        """End the sessions of a user that had not ended, except for one; their ids."""
        ended = (
            update(SessionRow)
            .where(SessionRow.user_id == user_id, SessionRow.ended_at.is_(None), SessionRow.id != (but or UUID(int=0)))
            .values(ended_at=now)
            .returning(SessionRow.id)
        )
        return self._session.scalars(ended).all()
