"""Statements on roles, grants and restrictions; the unit of work keeps each within its workspace."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from docchain.features.identity.authorization.tables import GrantRow, RestrictionRow, RoleRow
from docchain.features.identity.tables import MembershipRow, UserRow
from docchain.platform.pagination import Order, PageRequest, count, take


class RightsRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, *rows: RoleRow | GrantRow | RestrictionRow) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def drop(self, row: RoleRow | GrantRow | RestrictionRow) -> None:
        self._session.delete(row)
        self._session.flush()

    def role(self, name: str, *, to_change: bool = False) -> RoleRow | None:
        wanted = select(RoleRow).where(RoleRow.name == name)
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def role_in(self, workspace_id: UUID, name: str) -> RoleRow | None:
        return self._session.scalar(select(RoleRow).where(RoleRow.workspace_id == workspace_id, RoleRow.name == name))

    def roles(self) -> Sequence[RoleRow]:
        return self._session.scalars(select(RoleRow).order_by(RoleRow.name)).all()

    def members_with(self, workspace_id: UUID, role: str) -> int:
        found = select(func.count()).where(MembershipRow.workspace_id == workspace_id, MembershipRow.role == role)
        return self._session.scalar(found) or 0

    def membership(self, workspace_id: UUID, user_id: UUID) -> tuple[UserRow, str] | None:
        found = self._session.execute(
            select(UserRow, MembershipRow.role)
            .join(MembershipRow, MembershipRow.user_id == UserRow.id)
            .where(MembershipRow.workspace_id == workspace_id, UserRow.id == user_id)
        ).first()
        return None if found is None else (found[0], found[1])

    def restrictions(self, workspace_id: UUID) -> list[tuple[str, UUID]]:
        rows = self._session.execute(
            select(RestrictionRow.kind, RestrictionRow.thing_id).where(RestrictionRow.workspace_id == workspace_id)
        )
        return [(kind, thing_id) for kind, thing_id in rows]

    def grants_to(self, workspace_id: UUID, user_id: UUID | None, role: str) -> Sequence[GrantRow]:
        """What a user was granted, or their role."""
        by_role = and_(GrantRow.subject_kind == "role", GrantRow.subject == role)
        by_user = and_(GrantRow.subject_kind == "user", GrantRow.subject == str(user_id))
        wanted = select(GrantRow).where(GrantRow.workspace_id == workspace_id, or_(by_role, by_user))
        return self._session.scalars(wanted.order_by(GrantRow.id)).all()

    def drop_grants(self, workspace_id: UUID, user_id: UUID) -> Sequence[GrantRow]:
        """Drop what a user was granted themselves, and return it."""
        to_user = (GrantRow.subject_kind == "user", GrantRow.subject == str(user_id))
        rows = self._session.scalars(select(GrantRow).where(GrantRow.workspace_id == workspace_id, *to_user)).all()
        for row in rows:
            self._session.delete(row)
        return rows

    def restriction(self, kind: str, thing_id: UUID) -> RestrictionRow | None:
        return self._session.scalar(
            select(RestrictionRow).where(RestrictionRow.kind == kind, RestrictionRow.thing_id == thing_id)
        )

    def all_restrictions(self) -> Sequence[RestrictionRow]:
        return self._session.scalars(
            select(RestrictionRow).order_by(RestrictionRow.kind, RestrictionRow.thing_id)
        ).all()

    def grant(self, grant_id: UUID) -> GrantRow | None:
        return self._session.scalar(select(GrantRow).where(GrantRow.id == grant_id))

    def same_grant(self, *, kind: str, thing_id: UUID, subject_kind: str, subject: str) -> GrantRow | None:
        return self._session.scalar(
            select(GrantRow).where(
                GrantRow.kind == kind,
                GrantRow.thing_id == thing_id,
                GrantRow.subject_kind == subject_kind,
                GrantRow.subject == subject,
            )
        )

    def grants(self, request: PageRequest) -> tuple[list[GrantRow], str | None, int | None]:
        statement = select(GrantRow)
        order = Order(GrantRow.created_at, GrantRow.id, descending=False)
        rows, cursor = take(self._session, statement, order, request.within("grants"))
        return rows, cursor, count(self._session, statement) if request.total else None

    def is_role_used(self, name: str) -> bool:
        used: ColumnElement[bool] = and_(GrantRow.subject_kind == "role", GrantRow.subject == name)
        return self._session.scalar(select(GrantRow.id).where(used).limit(1)) is not None
