"""HTTP door of security events and their numbers."""

from typing import Annotated

from fastapi import APIRouter, Query

from docchain.features.audit.doors import READ, audit_of
from docchain.features.audit.schemas import AuditEntry
from docchain.features.audit.security_schemas import SecurityEventQuery, SecurityStats
from docchain.features.audit.security_service import SecurityService
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/security", tags=["Security"], route_class=LateRoute)


@router.get("/events", summary="List security events: sign-ins, refusals, changes of rights", dependencies=READ)
async def list_security_events(wanted: Annotated[SecurityEventQuery, Query()], door: Door) -> Page[AuditEntry]:
    """The newest first. A page looks at a bounded number of entries, so it may have fewer than `limit`: go on."""
    most = audit_of(door).settings.audit_scan_rows
    return await door.read(lambda work: SecurityService(work, most).list(wanted.family, wanted.page()))


@router.get("/stats", summary="Count sessions, sign-ins and refusals of the last 24 hours", dependencies=READ)
async def read_security_stats(door: Door) -> SecurityStats:
    most = audit_of(door).settings.audit_scan_rows
    return await door.read(lambda work: SecurityService(work, most).stats())
