"""HTTP door of the audit log."""

from typing import Annotated

from fastapi import APIRouter, Query

from docchain.features.audit.domain import INSTALLATION
from docchain.features.audit.doors import READ, audit_of
from docchain.features.audit.errors import NotOfTheInstallation
from docchain.features.audit.report_api import router as reports
from docchain.features.audit.schemas import AuditChain, AuditEntry, AuditQuery
from docchain.features.audit.service import AuditService
from docchain.features.audit.stream_api import router as streams
from docchain.features.identity import DEFAULT_WORKSPACE, IdentityService
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, DoorContext
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import SYSTEM

router = APIRouter(prefix="/security/audit", tags=["Audit"], route_class=LateRoute)
router.include_router(reports)
router.include_router(streams)


@router.get("/logs", summary="List what happened: who, what, when, from where, before and after", dependencies=READ)
async def list_audit_entries(wanted: Annotated[AuditQuery, Query()], door: Door) -> Page[AuditEntry]:
    most = audit_of(door).settings.audit_scan_rows
    if wanted.scope == "workspace":
        return await door.read(lambda work: AuditService(work, work.workspace_id, most).list(wanted, wanted.page()))
    await _operates(door)
    return await door.services.database.read(
        lambda work: AuditService(work, INSTALLATION, most).list(wanted, wanted.page()), SYSTEM
    )


@router.get("/chain", summary="Read how far the log is sealed, and the last checkpoint", dependencies=READ)
async def read_audit_chain(door: Door) -> AuditChain:
    return await door.read(lambda work: AuditService(work, work.workspace_id, 1).chain())


async def _operates(door: DoorContext) -> None:
    """Whoever reads the audit of the first workspace looks after the installation."""
    first = await door.read(lambda work: IdentityService(work).workspace_id(DEFAULT_WORKSPACE))
    if first is None or door.actor.workspace_id != first:
        raise NotOfTheInstallation(hint=f"Send X-Workspace: {DEFAULT_WORKSPACE}, or leave out `scope`.")
