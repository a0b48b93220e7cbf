"""Joining workspaces over HTTP, for whoever signed in, also if they are a member of none."""

from uuid import UUID

from fastapi import APIRouter

from docchain.features.identity.workspaces.invited import Invited
from docchain.features.identity.workspaces.lobby import Lobby
from docchain.features.identity.workspaces.schemas import InvitationAnswer, PendingInvitations, WorkspaceDetail
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/auth", tags=["Workspace"], route_class=LateRoute)


@router.get("/invitations", summary="List the invitations that wait for you")
async def list_own_invitations(lobby: Lobby) -> PendingInvitations:
    """Those to your e-mail address, once it is confirmed; any other opens by its link."""
    return PendingInvitations(items=await lobby.read(lambda work: Invited(work).list()))


@router.post("/invitations/{invitation}/accept", summary="Join the workspace that you are invited to")
async def accept_own_invitation(invitation: UUID, lobby: Lobby) -> WorkspaceDetail:
    return await lobby.write(lambda work: Invited(work).accept(invitation))


@router.post("/invitations/{invitation}/decline", status_code=204, summary="Decline an invitation")
async def decline_own_invitation(invitation: UUID, lobby: Lobby) -> None:
    """Whoever sent it sees that."""
    await lobby.write(lambda work: Invited(work).decline(invitation))


@router.post("/invitation", summary="Join a workspace by an invitation")
async def accept_an_invitation(body: InvitationAnswer, lobby: Lobby) -> WorkspaceDetail:
    """For who has an account; whoever has none registers with it."""
    token = body.invitation.get_secret_value()
    return await lobby.write(lambda work: Invited(work).accept_by(token))
