"""Statements on users, workspaces and sessions; each runs as the system, which alone sees all workspaces."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from docchain.features.identity.tables import MembershipRow, RefreshTokenRow, SessionRow, UserRow, WorkspaceRow
from docchain.platform.idempotency import IdempotencyKeyRow
from docchain.platform.ids import parse_reference

Membership = tuple[WorkspaceRow, str]


class IdentityRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, *rows: UserRow | WorkspaceRow | MembershipRow | SessionRow | RefreshTokenRow) -> None:
        for row in rows:
            self._session.add(row)
            self._session.flush()

    def has_users(self) -> bool:
        return bool(self._session.scalar(select(exists(select(UserRow.id)))))

    def user(self, user_id: UUID) -> UserRow | None:
        return self._session.get(UserRow, user_id)

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        rows = self._session.execute(select(UserRow.id, UserRow.username).where(UserRow.id.in_(ids)))
        return {key: value for key, value in rows}  # noqa: C416 - rows are no pairs to the type checker

    def ids_of(self, keys: Collection[str]) -> dict[str, UUID]:
        rows = self._session.execute(select(UserRow.username_key, UserRow.id).where(UserRow.username_key.in_(keys)))
        return {key: value for key, value in rows}  # noqa: C416 - rows are no pairs to the type checker

    def first_workspaces(self, ids: Collection[UUID]) -> dict[UUID, UUID]:
        """By user, the workspace that they are a member of for longest."""
        rows = self._session.execute(
            select(MembershipRow.user_id, MembershipRow.workspace_id)
            .where(MembershipRow.user_id.in_(ids))
            .order_by(MembershipRow.created_at.desc(), MembershipRow.workspace_id.desc())
        )
        return {key: value for key, value in rows}  # noqa: C416 - rows are no pairs to the type checker

    def registration(self, key: UUID) -> IdempotencyKeyRow | None:
        return self._session.get(IdempotencyKeyRow, key)

    def user_by_key(self, key: str) -> UserRow | None:
        return self._session.scalar(select(UserRow).where(UserRow.username_key == key))

    def workspace_by_slug(self, slug: str) -> WorkspaceRow | None:
        return self._session.scalar(select(WorkspaceRow).where(WorkspaceRow.slug == slug))

    def memberships(self, user_id: UUID) -> list[Membership]:
        """Return the user's workspaces and roles, the oldest membership first: nobody changes it by adding them."""
        rows = self._session.execute(
            select(WorkspaceRow, MembershipRow.role)
            .join(MembershipRow, MembershipRow.workspace_id == WorkspaceRow.id)
            .where(MembershipRow.user_id == user_id)
            .order_by(MembershipRow.created_at, MembershipRow.workspace_id)
        )
        return [(workspace, role) for workspace, role in rows]

    def member_of(self, workspace_id: UUID, reference: str, key: str) -> UserRow | None:
        """An enabled member of a workspace, by id or by username."""
        user_id = parse_reference(reference, "user")
        named = UserRow.id == user_id if isinstance(user_id, UUID) else UserRow.username_key == key
        return self._session.scalar(
            select(UserRow)
            .join(MembershipRow, MembershipRow.user_id == UserRow.id)
            .where(MembershipRow.workspace_id == workspace_id, UserRow.disabled.is_(False), named)
        )

    def refresh_token(self, token_hash: str) -> RefreshTokenRow | None:
        return self._session.get(RefreshTokenRow, token_hash)

    def rotate(self, token_hash: str, now: datetime) -> bool:
        """Mark a refresh token as used; only one caller ever gets `True`."""
        changed = self._session.execute(
            update(RefreshTokenRow)
            .where(RefreshTokenRow.token_hash == token_hash, RefreshTokenRow.rotated_at.is_(None))
            .values(rotated_at=now)
            .returning(RefreshTokenRow.token_hash)
        )
        return changed.first() is not None
