"""Statements on workspaces, members, invitations and quotas, in the workspace that is named."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Update, bindparam, exists, false, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from docchain.features.identity.tables import MembershipRow, UserRow, WorkspaceRow
from docchain.features.identity.workspaces.tables import InvitationRow, QuotaRow
from docchain.platform.columns import Id
from docchain.platform.ids import parse_reference
from docchain.platform.letters import lowered
from docchain.platform.upserts import upsert

EVERYWHERE: Final = UUID(int=0)
"""Stands for all workspaces that have no quota of their own."""

_OF: Final = QuotaRow.__table__.c
_QUOTAS: Final = (
    select(_OF.users, _OF.runs_a_day)
    .where(or_(_OF.workspace_id == bindparam("here", type_=Id()), _OF.workspace_id == EVERYWHERE))
    .order_by(_OF.workspace_id.desc())
)
"""Asked at every start of a run: made once, and of the table itself."""


class Kept(NamedTuple):
    users: int | None
    runs_a_day: int | None


class WorkspaceRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def workspace(self, workspace_id: UUID) -> WorkspaceRow | None:
        return self._session.get(WorkspaceRow, workspace_id)

    def members(self, workspace_id: UUID) -> list[tuple[UserRow, MembershipRow]]:
        rows = self._session.execute(
            select(UserRow, MembershipRow)
            .join(MembershipRow, MembershipRow.user_id == UserRow.id)
            .where(MembershipRow.workspace_id == workspace_id)
            .order_by(UserRow.username_key)
        )
        return [(user, membership) for user, membership in rows]

    def count_members(self, workspace_id: UUID) -> int:
        counted = select(func.count()).where(MembershipRow.workspace_id == workspace_id)
        return self._session.scalar(counted) or 0

    def user(self, reference: str, key: str) -> UserRow | None:
        """By id or by username."""
        user_id = parse_reference(reference, "user")
        if isinstance(user_id, UUID):
            return self._session.get(UserRow, user_id)
        return self._session.scalar(select(UserRow).where(UserRow.username_key == key))

    def membership(self, workspace_id: UUID, user_id: UUID) -> MembershipRow | None:
        return self._session.get(MembershipRow, (user_id, workspace_id))

    def share_workspace(self, one: UUID | None, other: UUID) -> bool:
        """Whether two users are members of a workspace, whichever."""
        theirs = aliased(MembershipRow)
        shared = (
            select(MembershipRow.user_id)
            .join(theirs, theirs.workspace_id == MembershipRow.workspace_id)
            .where(MembershipRow.user_id == one, theirs.user_id == other)
        )
        return bool(self._session.scalar(select(exists(shared))))

    def remove(self, membership: MembershipRow) -> None:
        self._session.delete(membership)
        self._session.flush()

    def add(self, *rows: InvitationRow) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def invitations(self) -> Sequence[InvitationRow]:
        return self._session.scalars(select(InvitationRow).order_by(InvitationRow.id.desc()).limit(200)).all()

    def invitation(self, invitation_id: UUID) -> InvitationRow | None:
        return self._session.scalar(select(InvitationRow).where(InvitationRow.id == invitation_id))

    def claim(self, token_hash: str, now: datetime) -> InvitationRow | None:
        """Use an invitation up; only one caller ever gets it."""
        return self._closed(_open(now).where(InvitationRow.token_hash == token_hash).values(accepted_at=now))

    def take(
        self, invitation_id: UUID, email: str | None, now: datetime, *, declined: bool = False
    ) -> InvitationRow | None:
        """The same with one to an address, by accepting or declining it."""
        mine = _open(now).where(InvitationRow.id == invitation_id, _sent_to(email))
        return self._closed(mine.values(declined_at=now) if declined else mine.values(accepted_at=now))

    def pending(self, email: str | None, user_id: UUID, now: datetime) -> list[tuple[InvitationRow, str, str]]:
        """Open ones to an address with short name and name of their workspaces, where the user is no member."""
        member = exists().where(
            MembershipRow.user_id == user_id, MembershipRow.workspace_id == InvitationRow.workspace_id
        )
        found = self._session.execute(
            select(InvitationRow, WorkspaceRow.slug, WorkspaceRow.name)
            .join(WorkspaceRow, WorkspaceRow.id == InvitationRow.workspace_id)
            .where(*_is_open(now), _sent_to(email), ~member)
            .order_by(InvitationRow.id.desc())
            .limit(200)
        )
        return [(row, slug, name) for row, slug, name in found]

    def _closed(self, closing: Update) -> InvitationRow | None:
        found = self._session.scalar(closing.returning(InvitationRow.id))
        return None if found is None else self._session.get(InvitationRow, found)

    def quotas(self, workspace_id: UUID) -> list[Kept]:
        """The workspace's own first, then that of all; of those that there are."""
        found = self._session.connection().execute(_QUOTAS, {"here": workspace_id})
        return [Kept(*row) for row in found]

    def keep_quota(self, workspace_id: UUID, users: int | None, runs_a_day: int | None) -> None:
        values = {"users": users, "runs_a_day": runs_a_day}
        made = upsert(self._session, QuotaRow).values(workspace_id=workspace_id, **values)
        self._session.execute(made.on_conflict_do_update(index_elements=["workspace_id"], set_=values))


def _is_open(now: datetime) -> list[ColumnElement[bool]]:
    over = (InvitationRow.accepted_at, InvitationRow.revoked_at, InvitationRow.declined_at)
    return [*(moment.is_(None) for moment in over), InvitationRow.expires_at > now]


def _open(now: datetime) -> Update:
    return update(InvitationRow).where(*_is_open(now))


def _sent_to(email: str | None) -> ColumnElement[bool]:
    return false() if email is None else lowered(InvitationRow.email) == email.lower()
