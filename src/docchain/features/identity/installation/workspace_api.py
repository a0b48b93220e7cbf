"""All workspaces over HTTP, for who administers the installation; what is in them stays their members' own."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from docchain.features.identity.accounts.house import as_system
from docchain.features.identity.factors.strong import strong
from docchain.features.identity.installation.schemas import ErasureList, OwnedWorkspace, WorkspaceQuery
from docchain.features.identity.installation.workspaces import WorkspaceAdministration
from docchain.features.identity.workspaces.erasing import Erasures
from docchain.features.identity.workspaces.lobby import LobbyContext
from docchain.features.identity.workspaces.schemas import Erasing, Erasure, Quota, WorkspaceChange, WorkspaceDetail
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/admin", tags=["Workspaces"], route_class=LateRoute)
MANAGE: Final = [needs("installation:admin")]
STRONGLY: Final = [*MANAGE, strong()]
Slug = Annotated[str, Path(description="Short name of a workspace.", max_length=60)]


@router.get("/workspaces", summary="List all workspaces", dependencies=MANAGE)
async def list_workspaces(wanted: Annotated[WorkspaceQuery, Query()], door: Door) -> Page[WorkspaceDetail]:
    return await door.services.database.read(
        lambda work: WorkspaceAdministration(work).page(wanted), as_system(door.actor)
    )


@router.post("/workspaces", status_code=201, summary="Create a workspace for somebody", dependencies=MANAGE)
async def create_workspace_for_somebody(body: OwnedWorkspace, door: Door) -> WorkspaceDetail:
    lobby = LobbyContext(door)
    return await lobby.create(WorkspaceDetail, lambda work: WorkspaceAdministration(work).create(body))


@router.get("/workspaces/{workspace}", summary="Read a workspace", dependencies=MANAGE)
async def read_any_workspace(workspace: Slug, door: Door) -> WorkspaceDetail:
    return await door.services.database.read(
        lambda work: WorkspaceAdministration(work).read(workspace), as_system(door.actor)
    )


@router.patch("/workspaces/{workspace}", summary="Rename a workspace", dependencies=MANAGE)
async def rename_any_workspace(workspace: Slug, body: WorkspaceChange, door: Door) -> WorkspaceDetail:
    return await door.services.database.write(
        lambda work: WorkspaceAdministration(work).rename(workspace, body.name), as_system(door.actor)
    )


@router.put("/workspaces/{workspace}/quota", summary="Say what a workspace may hold", dependencies=MANAGE)
async def set_workspace_quota(workspace: Slug, body: Quota, door: Door) -> WorkspaceDetail:
    """Members and runs a day; of documents and storage, PUT /storage/quota in the workspace says it."""
    return await door.services.database.write(
        lambda work: WorkspaceAdministration(work).limit(workspace, body), as_system(door.actor)
    )


@router.post(
    "/workspaces/{workspace}/erase",
    status_code=202,
    summary="Delete a workspace with everything in it",
    dependencies=STRONGLY,
)
async def erase_any_workspace(workspace: Slug, body: Erasing, door: Door) -> Erasure:
    return await door.services.database.write(
        lambda work: WorkspaceAdministration(work).erase(workspace, body.confirm), as_system(door.actor)
    )


@router.get("/erasures", summary="List deleted workspaces, and those that are being deleted", dependencies=MANAGE)
async def list_erasures(door: Door) -> ErasureList:
    found = await door.services.database.read(lambda work: Erasures(work).list(), as_system(door.actor))
    return ErasureList(items=found)
