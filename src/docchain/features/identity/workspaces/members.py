"""Members of a workspace: who they are, who joins, what they may do, who leaves; never without an owner."""

from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.authorization.rights import Rights
from docchain.features.identity.service import IdentityService
from docchain.features.identity.tables import MembershipRow, UserRow
from docchain.features.identity.workspaces.errors import AlreadyMember, NoSuchColleague, NoSuchMember
from docchain.features.identity.workspaces.parting import end_rights
from docchain.features.identity.workspaces.quotas import Quotas
from docchain.features.identity.workspaces.repository import WorkspaceRepository
from docchain.features.identity.workspaces.schemas import Member
from docchain.platform.work import Work

SUBJECT = "user"
"""Of what members may do events tell about the user, so that nobody goes by what was before."""


class Members:
    """Of the workspace that the work is in."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = WorkspaceRepository(work.session)
        self._rights = Rights(work)

    def list(self) -> "list[Member]":
        return [_shown(user, membership) for user, membership in self._rows.members(self._work.workspace_id)]

    def add(self, reference: str, role: str) -> Member:
        """Make somebody a member whom the actor shares a workspace with; all others are invited, and may decline.

        Raises:
            NoSuchColleague: nobody is called so, or a stranger is.
            AlreadyMember: they are one.
            QuotaExceeded: the workspace has as many as it may have.
            NoSuchRole, BeyondYourOwn: the role cannot be given.
        """
        self._rights.check_may_give(role)
        user = self._rows.user(reference, domain.username_key(reference))
        if user is None or not self._knows(user):
            raise NoSuchColleague(reference)
        return self.join(user, role)

    def join(self, user: UserRow, role: str) -> Member:
        """The same, for whoever was found, or invited."""
        workspace_id = self._work.workspace_id
        if self._rows.membership(workspace_id, user.id) is not None:
            raise AlreadyMember(f"{user.username} is one.", hint="Change their role: PATCH /workspace/members/{user}.")
        Quotas(self._work).check_member()
        IdentityService(self._work).add_member(workspace_id, user.id, role)
        self._work.emit("membership.changed", SUBJECT, user.id, {"username": user.username, "role": role})
        return self._one(user)

    def change(self, reference: str, role: str) -> Member:
        """Give a member another role.

        Raises:
            NoSuchMember: nobody is called so.
            LastOwner: the workspace would have no owner.
            NoSuchRole, BeyondYourOwn: the role cannot be given, or taken.
        """
        user, membership = self._find(reference)
        if membership.role == role:
            return self._one(user)
        self._rights.check_may_give(role)
        self._check_may_take(membership)
        membership.role = role
        self._work.emit("membership.changed", SUBJECT, user.id, {"username": user.username, "role": role})
        return self._one(user)

    def remove(self, reference: str) -> None:
        """Let somebody be a member no longer; what they did stays, their keys and grants go.

        Raises:
            NoSuchMember: nobody is called so.
            LastOwner: the workspace would have no owner.
        """
        user, membership = self._find(reference)
        if user.id != self._work.actor.user_id:
            self._check_may_take(membership)
        else:
            self._rights.check_owner_stays(membership.role)
        self._rows.remove(membership)
        end_rights(self._work, user.id)
        self._work.emit("membership.removed", SUBJECT, user.id, {"username": user.username, "role": membership.role})

    def leave(self) -> None:
        """Be a member no longer."""
        self.remove(str(self._work.actor.user_id))

    def _knows(self, user: UserRow) -> bool:
        """Whoever looks after the installation knows everybody."""
        actor = self._work.actor
        return all(map(actor.may, domain.INSTALLATION)) or self._rows.share_workspace(actor.user_id, user.id)

    def _check_may_take(self, membership: MembershipRow) -> None:
        """Who may not give a role does not take it from others either."""
        if self._rights.of_role(self._work.workspace_id, membership.role) is not None:
            self._rights.check_may_give(membership.role)
        self._rights.check_owner_stays(membership.role)

    def _find(self, reference: str) -> tuple[UserRow, MembershipRow]:
        user = self._rows.user(reference, domain.username_key(reference))
        membership = self._rows.membership(self._work.workspace_id, user.id) if user else None
        if user is None or membership is None:
            raise NoSuchMember(reference)
        return user, membership

    def _one(self, user: UserRow) -> Member:
        membership = self._rows.membership(self._work.workspace_id, user.id)
        assert membership is not None  # noqa: S101 - found or made in this transaction
        return _shown(user, membership)


def _shown(user: UserRow, membership: MembershipRow) -> Member:
    return Member(
        id=user.id,
        username=user.username,
        name=user.name,
        email=user.email,
        role=membership.role,
        disabled=user.disabled,
        since=membership.created_at,
    )


def member_ids(work: Work) -> list[UUID]:
    """The users who are members of the workspace of the work."""
    return [user.id for user, _ in WorkspaceRepository(work.session).members(work.workspace_id)]
