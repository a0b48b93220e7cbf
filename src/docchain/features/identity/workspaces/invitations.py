"""Invitations: a link that makes whoever opens it a member, once, within some days, unless it is revoked before."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.accounts.letters import Reader, letter
from docchain.features.identity.accounts.links import new_token, token_digest
from docchain.features.identity.accounts.service import House
from docchain.features.identity.authorization.rights import Rights
from docchain.features.identity.errors import InvitationNotValid
from docchain.features.identity.repository import IdentityRepository
from docchain.features.identity.workspaces.errors import NoSuchInvitation
from docchain.features.identity.workspaces.quotas import Quotas
from docchain.features.identity.workspaces.repository import WorkspaceRepository
from docchain.features.identity.workspaces.schemas import Invitation, InvitationOrder, NewInvitation
from docchain.features.identity.workspaces.tables import InvitationRow
from docchain.platform.errors import Refusal
from docchain.platform.ids import new_id
from docchain.platform.work import Work

SUBJECT = "invitation"
_PREFIX = "dci_"
_INVITE = "members:write"
_NEW_ONE = "Ask who invited you for a new one."


class Invitations:
    """To the workspace that the work is in."""

    def __init__(self, work: Work, house: House) -> None:
        self._work = work
        self._house = house
        self._rows = WorkspaceRepository(work.session)

    def list(self) -> "list[Invitation]":
        return [_shown(row, self._work.now) for row in self._rows.invitations()]

    def invite(self, order: InvitationOrder) -> NewInvitation:
        """Make an invitation; its link is shown this once, and mailed if there is an address and a mail server.

        Raises:
            NoSuchRole, BeyondYourOwn: the role cannot be given.
            QuotaExceeded: the workspace has as many members as it may have.
        """
        Rights(self._work).check_may_give(order.role)
        Quotas(self._work).check_member()
        token, days = new_token(_PREFIX), self._house.settings.invitation_days
        row = InvitationRow(
            id=new_id(),
            email=order.email,
            role=order.role,
            token_hash=token_digest(token),
            invited_by=self._work.actor.name,
            created_at=self._work.now,
            expires_at=self._work.now + timedelta(days=days),
            accepted_at=None,
            accepted_by=None,
            revoked_at=None,
            declined_at=None,
        )
        self._rows.add(row)
        self._work.emit("invitation.created", SUBJECT, row.id, {"role": row.role})
        link = self._house.link("invitation", token)
        mailed = bool(order.email) and self._house.postbox.is_open
        if mailed:
            self._mail(order.email or "", link, days)
        shown = _shown(row, self._work.now)
        return NewInvitation(**shown.model_dump(), link=link, invitation=token, mailed=mailed)

    def again(self, kept: Mapping[str, str]) -> NewInvitation:
        """One that the same request made before; its link is not told twice."""
        row = self._rows.invitation(UUID(kept["id"]))
        if row is None:
            raise NoSuchInvitation(hint="GET /api/v3/workspace/invitations lists them.")
        shown = _shown(row, self._work.now)
        mailed = bool(row.email) and self._house.postbox.is_open
        return NewInvitation(**shown.model_dump(), link="", invitation="", mailed=mailed)

    def revoke(self, invitation_id: UUID) -> None:
        """Make an invitation worth nothing.

        Raises:
            NoSuchInvitation: there is none, or it is not open any more.
        """
        row = self._rows.invitation(invitation_id)
        if row is None or _status(row, self._work.now) != "open":
            raise NoSuchInvitation(hint="GET /api/v3/workspace/invitations lists them.")
        row.revoked_at = self._work.now
        self._work.emit("invitation.revoked", SUBJECT, row.id)

    def _mail(self, email: str, link: str, days: int) -> None:
        workspace = self._rows.workspace(self._work.workspace_id)
        facts = {"workspace": workspace.name if workspace else "", "inviter": self._work.actor.name}
        self._house.postbox.post(
            self._work,
            letter(
                "invitation", Reader(email, language=self._house.settings.mail_language), link=link, days=days, **facts
            ),
        )


def claim_invitation(work: Work, token: str) -> tuple[UUID, str]:
    """Use up an invitation, in a work of the system: the workspace that it is to, and the role there.

    Raises:
        InvitationNotValid: it was used, revoked or declined, it has expired, there is none, or who made it may not
            any more.
        QuotaExceeded: the workspace has as many members as it may have.
    """
    row = WorkspaceRepository(work.session).claim(token_digest(token), work.now)
    if row is None:
        raise InvitationNotValid(hint=_NEW_ONE)
    return check_invitation(work, row)


def check_invitation(work: Work, row: InvitationRow) -> tuple[UUID, str]:
    """The same for one that was used up already."""
    with work.inside(row.workspace_id):
        _check_inviter(work, row)
        Quotas(work).check_member()
        work.emit("invitation.accepted", SUBJECT, row.id, {"role": row.role})
    return row.workspace_id, row.role


def _check_inviter(work: Work, row: InvitationRow) -> None:
    """An invitation is worth what who made it may still give."""
    inviter = IdentityRepository(work.session).user_by_key(domain.username_key(row.invited_by))
    member = WorkspaceRepository(work.session).membership(row.workspace_id, inviter.id) if inviter else None
    if inviter is None or member is None or inviter.disabled:
        raise InvitationNotValid(hint=_NEW_ONE)
    giver = Rights(work).actor(inviter.id, inviter.username, row.workspace_id, member.role)
    try:
        Rights(work, giver).check_has(frozenset({_INVITE}))
        Rights(work, giver).check_may_give(row.role)
    except Refusal:
        raise InvitationNotValid(hint=_NEW_ONE) from None


def _status(row: InvitationRow, now: datetime) -> str:
    if row.revoked_at:
        return "revoked"
    if row.accepted_at:
        return "accepted"
    if row.declined_at:
        return "declined"
    return "open" if row.expires_at > now else "expired"


def _shown(row: InvitationRow, now: datetime) -> Invitation:
    return Invitation(
        id=row.id,
        email=row.email,
        role=row.role,
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        status=_status(row, now),
    )
