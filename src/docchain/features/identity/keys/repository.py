"""Statements on API keys."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from docchain.features.identity.keys.tables import ApiKeyRow
from docchain.features.identity.tables import UserRow, WorkspaceRow
from docchain.platform.pagination import Order, PageRequest, count, take


class KeyRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: ApiKeyRow) -> None:
        self._session.add(row)
        self._session.flush()

    def find(self, key_id: UUID, *, to_change: bool = False) -> ApiKeyRow | None:
        wanted = select(ApiKeyRow).where(ApiKeyRow.id == key_id)
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def page(self, user_id: UUID | None, request: PageRequest) -> tuple[list[ApiKeyRow], str | None, int | None]:
        """Those of a user, or of everybody."""
        statement = select(ApiKeyRow)
        if user_id is not None:
            statement = statement.where(ApiKeyRow.user_id == user_id)
        rows, cursor = take(self._session, statement, Order(ApiKeyRow.created_at, ApiKeyRow.id), request)
        return rows, cursor, count(self._session, statement) if request.total else None

    def open_ones(self, user_id: UUID | None, now: datetime) -> int:
        lasts = or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > now)
        found = select(func.count()).where(ApiKeyRow.user_id == user_id, ApiKeyRow.revoked_at.is_(None), lasts)
        return self._session.scalar(found) or 0

    def revoke_all(self, workspace_id: UUID, user_id: UUID, now: datetime) -> Sequence[ApiKeyRow]:
        """Revoke those of a user that were not."""
        theirs = (ApiKeyRow.workspace_id == workspace_id, ApiKeyRow.user_id == user_id)
        rows = self._session.scalars(
            select(ApiKeyRow).where(*theirs, ApiKeyRow.revoked_at.is_(None)).with_for_update()
        ).all()
        for row in rows:
            row.revoked_at = now
        return rows

    def by_prefix(self, prefix: str) -> tuple[ApiKeyRow, UserRow, WorkspaceRow] | None:
        """A key that was not revoked, with the enabled user that made it, and its workspace."""
        found = self._session.execute(
            select(ApiKeyRow, UserRow, WorkspaceRow)
            .join(UserRow, UserRow.id == ApiKeyRow.user_id)
            .join(WorkspaceRow, WorkspaceRow.id == ApiKeyRow.workspace_id)
            .where(ApiKeyRow.prefix == prefix, ApiKeyRow.revoked_at.is_(None), UserRow.disabled.is_(False))
        ).first()
        return None if found is None else (found[0], found[1], found[2])

    def used(self, key_id: UUID, now: datetime, address: str) -> tuple[UUID, str] | None:
        """Note that a key was used; its workspace and the address before."""
        key = ApiKeyRow.id == key_id
        before = self._session.execute(select(ApiKeyRow.workspace_id, ApiKeyRow.last_address).where(key)).first()
        told = {"last_used_at": now, "last_address": address}
        self._session.execute(update(ApiKeyRow).where(key).values(**told))
        return None if before is None else (before[0], before[1])
