"""Invitations as whoever is invited meets them: by the link, or by an address that they confirmed as theirs."""

from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.accounts.errors import NeedsSession
from docchain.features.identity.tables import UserRow
from docchain.features.identity.workspaces.errors import NoSuchInvitation
from docchain.features.identity.workspaces.invitations import SUBJECT, check_invitation, claim_invitation
from docchain.features.identity.workspaces.members import Members
from docchain.features.identity.workspaces.repository import WorkspaceRepository
from docchain.features.identity.workspaces.schemas import PendingInvitation, WorkspaceDetail
from docchain.features.identity.workspaces.service import WorkspaceService
from docchain.features.identity.workspaces.tables import InvitationRow
from docchain.platform.work import Work


class Invited:
    """Who acts; takes a work of the system."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = WorkspaceRepository(work.session)
        user = self._rows.user(str(work.actor.user_id), domain.username_key(work.actor.name))
        if user is None:
            raise NeedsSession(hint="Sign in again.")
        self._user: UserRow = user

    def list(self) -> "list[PendingInvitation]":
        """To workspaces that they are no member of yet, the newest first."""
        found = self._rows.pending(self._address, self._user.id, self._work.now)
        return [_shown(row, slug, name) for row, slug, name in found]

    def accept(self, invitation_id: UUID) -> WorkspaceDetail:
        """Join by an invitation to one's own address.

        Raises:
            NoSuchInvitation: none waits for them, or it is not open any more.
            InvitationNotValid: who made it may not any more.
            AlreadyMember, QuotaExceeded: they cannot join.
        """
        row = self._rows.take(invitation_id, self._address, self._work.now)
        if row is None:
            raise _none()
        return self._join(*check_invitation(self._work, row))

    def accept_by(self, token: str) -> WorkspaceDetail:
        """Join by a link, whoever it was sent to.

        Raises:
            InvitationNotValid: it was used, revoked or declined, it has expired, or there is none.
            AlreadyMember, QuotaExceeded: they cannot join.
        """
        return self._join(*claim_invitation(self._work, token))

    def decline(self, invitation_id: UUID) -> None:
        """Say no; nobody joins by it any more.

        Raises:
            NoSuchInvitation: none waits for them, or it is not open any more.
        """
        row = self._rows.take(invitation_id, self._address, self._work.now, declined=True)
        if row is None:
            raise _none()
        with self._work.inside(row.workspace_id):
            self._work.emit("invitation.declined", SUBJECT, row.id)

    @property
    def _address(self) -> str | None:
        """An address that nobody confirmed may be somebody else's."""
        return self._user.email if self._user.email_verified_at else None

    def _join(self, workspace_id: UUID, role: str) -> WorkspaceDetail:
        with self._work.inside(workspace_id):
            Members(self._work).join(self._user, role)
            return WorkspaceService(self._work).show()


def _none() -> NoSuchInvitation:
    return NoSuchInvitation(hint="GET /api/v3/auth/invitations lists yours.")


def _shown(row: InvitationRow, slug: str, name: str) -> PendingInvitation:
    return PendingInvitation(
        id=row.id,
        workspace=slug,
        workspace_name=name,
        role=row.role,
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
