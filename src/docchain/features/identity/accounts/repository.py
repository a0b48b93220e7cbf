"""Statements on accounts and one-time links; each runs as the system."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from docchain.features.identity.accounts.tables import OneTimeLinkRow
from docchain.features.identity.tables import MembershipRow, UserRow, WorkspaceRow
from docchain.platform.letters import lowered


class AccountRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def user(self, user_id: UUID) -> UserRow | None:
        return self._session.get(UserRow, user_id)

    def by_email(self, email: str) -> UserRow | None:
        """Whose address it is: who confirmed it, else who said so first; nobody who is shut out."""
        wanted = select(UserRow).where(lowered(UserRow.email) == email.lower(), UserRow.disabled.is_(False))
        return self._session.scalar(wanted.order_by(UserRow.email_verified_at.is_(None), UserRow.id).limit(1))

    def confirmed_by_another(self, email: str, user_id: UUID) -> bool:
        others = select(UserRow.id).where(
            lowered(UserRow.email) == email.lower(), UserRow.email_verified_at.is_not(None), UserRow.id != user_id
        )
        return self._session.scalar(others.limit(1)) is not None

    def places(self, user_id: UUID) -> list[str]:
        """Names of the user's workspaces, short and long."""
        rows = self._session.execute(
            select(WorkspaceRow.slug, WorkspaceRow.name)
            .join(MembershipRow, MembershipRow.workspace_id == WorkspaceRow.id)
            .where(MembershipRow.user_id == user_id)
        )
        return [name for row in rows for name in row]


class LinkRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: OneTimeLinkRow) -> None:
        self._session.add(row)
        self._session.flush()

    def made_since(self, purpose: str, user_id: UUID | None, since: datetime) -> int:
        made = select(func.count(OneTimeLinkRow.id)).where(
            OneTimeLinkRow.purpose == purpose, OneTimeLinkRow.user_id == user_id, OneTimeLinkRow.created_at > since
        )
        return self._session.scalar(made) or 0

    def use(self, purpose: str, token_hash: str, now: datetime) -> OneTimeLinkRow | None:
        """Mark a link as used and return it; only one caller ever gets it."""
        used = (
            update(OneTimeLinkRow)
            .where(
                OneTimeLinkRow.purpose == purpose,
                OneTimeLinkRow.token_hash == token_hash,
                OneTimeLinkRow.used_at.is_(None),
                OneTimeLinkRow.expires_at > now,
                OneTimeLinkRow.user_id.is_not(None),
            )
            .values(used_at=now)
            .returning(OneTimeLinkRow.id)
        )
        link_id = self._session.scalar(used)
        return None if link_id is None else self._session.get(OneTimeLinkRow, link_id)

    def usable(self, purpose: str, token_hash: str, now: datetime) -> UUID | None:
        """Whose link it is, if it could be used now."""
        found = select(OneTimeLinkRow.user_id).where(
            OneTimeLinkRow.purpose == purpose,
            OneTimeLinkRow.token_hash == token_hash,
            OneTimeLinkRow.used_at.is_(None),
            OneTimeLinkRow.expires_at > now,
        )
        return self._session.scalar(found)

    def spend(self, user_id: UUID, now: datetime) -> None:
        """No link that the user was sent is good any more."""
        self._session.execute(
            update(OneTimeLinkRow)
            .where(OneTimeLinkRow.user_id == user_id, OneTimeLinkRow.used_at.is_(None))
            .values(used_at=now)
        )

    def forget_before(self, moment: datetime) -> None:
        self._session.execute(delete(OneTimeLinkRow).where(OneTimeLinkRow.expires_at < moment))
