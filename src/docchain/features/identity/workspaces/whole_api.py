"""Everything of the workspace at once: taken out as one file, or deleted."""

from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse

from docchain.features.identity.accounts.house import as_system
from docchain.features.identity.factors.strong import strong
from docchain.features.identity.workspaces.erasing import Erasures, require_owner
from docchain.features.identity.workspaces.exporting import Exporter, note_export
from docchain.features.identity.workspaces.schemas import Erasing, Erasure
from docchain.features.identity.workspaces.service import WorkspaceService
from docchain.platform.web.door import Door, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/workspace", tags=["Workspace"], route_class=LateRoute)
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "A ZIP file.", "content": {"application/zip": {"schema": {}, "example": "PK…"}}}
}


@router.post(
    "/export",
    summary="Take out everything of the workspace as one ZIP file",
    dependencies=[needs("admin"), strong()],
    response_class=Response,
    responses=_FILE,
)
async def export_workspace(door: Door) -> Response:
    """Every table as lines of JSON, every content by its SHA-256, what each run did, and the audit log.

    `docchain audit verify` reads the latter. Secrets and keys stay. It is made while it is sent; only owners may.
    """
    exporter: Exporter = door.services.exporter
    await door.read(require_owner)
    here = await door.write(note_export)
    headers = {"Content-Disposition": f'attachment; filename="{here.slug}.zip"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(exporter.archive(here.id), 200, headers, "application/zip")


@router.post(
    "/erase",
    status_code=202,
    summary="Delete the workspace with everything in it",
    dependencies=[needs("admin"), strong()],
)
async def erase_workspace(body: Erasing, door: Door) -> Erasure:
    """From the answer on nobody is a member any more; only owners may. Export it before.

    Runs are cancelled; documents, runs, their journal, contents, keys, search index and audit log are deleted beside
    the product. What is left is a line that says so.
    """
    await door.read(require_owner)
    here = await door.read(lambda work: WorkspaceService(work).show())
    return await door.services.database.write(
        lambda work: Erasures(work).order(here.id, body.confirm), as_system(door.actor)
    )
