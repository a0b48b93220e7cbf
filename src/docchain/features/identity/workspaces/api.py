"""The workspace that a request acts in, over HTTP: its name, members, invitations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from docchain.features.identity.accounts.api import AccountHouse
from docchain.features.identity.factors.strong import strong
from docchain.features.identity.workspaces.invitations import Invitations
from docchain.features.identity.workspaces.lobby import Lobby
from docchain.features.identity.workspaces.lobby_api import router as joining
from docchain.features.identity.workspaces.members import Members
from docchain.features.identity.workspaces.schemas import (
    InvitationOrder,
    Listed,
    Member,
    MemberOrder,
    NewInvitation,
    RoleChange,
    WorkspaceChange,
    WorkspaceDetail,
    WorkspaceOrder,
)
from docchain.features.identity.workspaces.schemas import Members as MemberList
from docchain.features.identity.workspaces.service import WorkspaceService
from docchain.platform.idempotency import Recall
from docchain.platform.web.door import KNOWN, PERSON, Door, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Workspace"], route_class=LateRoute)
READ = [needs("members:read")]
WRITE = [needs("members:write"), strong(keys=True)]
Who = Annotated[str, Path(description="Username or id of a member.", max_length=200)]


@router.get("/workspace", summary="Read the workspace that you act in", dependencies=[KNOWN])
async def read_workspace(door: Door) -> WorkspaceDetail:
    return await door.read(lambda work: WorkspaceService(work).show())


@router.post("/workspaces", status_code=201, summary="Create a workspace that you own")
async def create_workspace(body: WorkspaceOrder, lobby: Lobby, accounts: AccountHouse) -> WorkspaceDetail:
    """Only for those who administer the installation, unless `DOCCHAIN_WORKSPACE_CREATION=anyone`."""
    settings = accounts.house.settings
    return await lobby.create(WorkspaceDetail, lambda work: WorkspaceService(work).create(body, settings))


@router.post("/workspace/name", summary="Rename the workspace", dependencies=[needs("admin")])
async def rename_workspace(body: WorkspaceChange, door: Door) -> WorkspaceDetail:
    """Its short name stays."""
    return await door.write(lambda work: WorkspaceService(work).rename(body.name))


@router.get("/workspace/members", summary="List the members", dependencies=READ)
async def list_members(door: Door) -> MemberList:
    return MemberList(items=await door.read(lambda work: Members(work).list()))


@router.post("/workspace/members", status_code=201, summary="Make a user a member", dependencies=WRITE)
async def add_member(body: MemberOrder, door: Door) -> Member:
    """Only who shares a workspace with you; invite all others. Nobody gives a role that may what they may not."""
    return await door.create(Member, lambda work: Members(work).add(body.user, body.role))


@router.post(
    "/workspace/members/{user}/role",
    summary="Give a member another role",
    dependencies=[needs("members:write"), strong()],
)
async def change_member(user: Who, body: RoleChange, door: Door) -> Member:
    """It holds at once, in open sessions, too. The last owner stays one."""
    return await door.write(lambda work: Members(work).change(user, body.role))


@router.delete("/workspace/members/{user}", status_code=204, summary="Remove a member", dependencies=WRITE)
async def remove_member(user: Who, door: Door) -> None:
    """They lose their access at once; what they did stays. The last owner stays one."""
    await door.write(lambda work: Members(work).remove(user))


@router.post("/workspace/leave", status_code=204, summary="Leave the workspace", dependencies=[PERSON])
async def leave_workspace(door: Door) -> None:
    await door.write(lambda work: Members(work).leave())


@router.get("/workspace/invitations", summary="List the latest invitations", dependencies=READ)
async def list_invitations(door: Door, accounts: AccountHouse) -> Listed:
    return Listed(items=await door.read(lambda work: Invitations(work, accounts.house).list()))


@router.post("/workspace/invitations", status_code=201, summary="Invite somebody", dependencies=WRITE)
async def create_invitation(body: InvitationOrder, door: Door, accounts: AccountHouse) -> NewInvitation:
    """The link is shown this once. It is mailed, too, if there is an address and a mail server."""
    again = Recall(frozenset({"id"}), lambda work, kept: Invitations(work, accounts.house).again(kept))
    return await door.create(again, lambda work: Invitations(work, accounts.house).invite(body))


@router.delete(
    "/workspace/invitations/{invitation}", status_code=204, summary="Revoke an invitation", dependencies=WRITE
)
async def revoke_invitation(invitation: UUID, door: Door, accounts: AccountHouse) -> None:
    await door.write(lambda work: Invitations(work, accounts.house).revoke(invitation))


router.include_router(joining)
