"""HTTP door of roles, permissions, grants and restrictions."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from docchain.features.identity.authorization.explaining import ExplainService
from docchain.features.identity.authorization.grants import GrantService, Things
from docchain.features.identity.authorization.roles import RoleService
from docchain.features.identity.authorization.schemas import (
    ExplainQuery,
    Explanation,
    Grant,
    GrantRequest,
    PermissionShown,
    Restriction,
    RestrictionRequest,
    Restrictions,
    Role,
    RoleChange,
    RoleRequest,
)
from docchain.features.identity.factors.strong import strong
from docchain.platform.pagination import Page, PageQuery
from docchain.platform.preconditions import etag_of
from docchain.platform.web.door import KNOWN, Door, DoorContext, needs
from docchain.platform.web.preconditions import NeedsIfMatch
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/security", tags=["Rights"], route_class=LateRoute)
_READ: Final = [needs("rights:read")]
_ROLES: Final = [needs("rights:write"), strong()]
"""A key that somebody stole makes no role wider."""
_GRANTS: Final = [needs("rights:write"), strong(keys=True)]
_Name = Annotated[str, Path(max_length=40, examples=["bookkeeper"])]
_Kind = Annotated[str, Path(max_length=20, examples=["workflow"])]
_Thing = Annotated[str, Path(max_length=200, examples=["workflow_1"])]


@router.get("/permissions", summary="List all permissions", dependencies=[KNOWN])
async def list_permissions(door: Door) -> list[PermissionShown]:
    return list(await door.read(lambda work: RoleService(work).permissions()))


@router.get("/permissions/explain", summary="Say why somebody may do something, or may not", dependencies=[KNOWN])
async def explain_permission(wanted: Annotated[ExplainQuery, Query()], door: Door) -> Explanation:
    """Every rule that was looked at, in words. Asking about others needs `rights:read`."""
    return await door.read(lambda work: ExplainService(work, _things(door)).explain(wanted))


@router.get("/roles", summary="List roles", dependencies=_READ)
async def list_roles(door: Door) -> list[Role]:
    return list(await door.read(lambda work: RoleService(work).list()))


@router.post("/roles", status_code=201, summary="Make a role", dependencies=_ROLES)
async def create_role(body: RoleRequest, door: Door, response: Response) -> Role:
    made = await door.create(Role, lambda work: RoleService(work).create(body))
    response.headers["ETag"] = etag_of(made.revision)
    return made


@router.get("/roles/{role}", summary="Read a role", dependencies=_READ)
async def read_role(role: _Name, door: Door, response: Response) -> Role:
    found = await door.read(lambda work: RoleService(work).read(role))
    response.headers["ETag"] = etag_of(found.revision)
    return found


@router.put("/roles/{role}", summary="Change a role", dependencies=_ROLES)
async def replace_role(role: _Name, body: RoleChange, expected: NeedsIfMatch, door: Door, response: Response) -> Role:
    """All who have it have what it is now with their next request."""
    changed = await door.write(lambda work: RoleService(work).replace(role, body, expected))
    response.headers["ETag"] = etag_of(changed.revision)
    return changed


@router.delete("/roles/{role}", status_code=204, summary="Remove a role that nobody has", dependencies=_ROLES)
async def delete_role(role: _Name, expected: NeedsIfMatch, door: Door) -> None:
    await door.write(lambda work: RoleService(work).delete(role, expected))


@router.get("/grants", summary="List grants", dependencies=_READ)
async def list_grants(wanted: Annotated[PageQuery, Query()], door: Door) -> Page[Grant]:
    return await door.read(lambda work: GrantService(work, _things(door)).list(wanted.page()))


@router.post("/grants", status_code=201, summary="Grant something on one thing", dependencies=_GRANTS)
async def create_grant(body: GrantRequest, door: Door) -> Grant:
    """Somebody who has a permission by a grant only reaches nothing but what it was granted on."""
    return await door.create(Grant, lambda work: GrantService(work, _things(door)).give(body))


@router.delete("/grants/{grant}", status_code=204, summary="Take a grant back", dependencies=_GRANTS)
async def delete_grant(grant: UUID, door: Door) -> None:
    await door.write(lambda work: GrantService(work, _things(door)).take(grant))


@router.get("/restrictions", summary="List restricted things", dependencies=_READ)
async def list_restrictions(door: Door) -> Restrictions:
    found = await door.read(lambda work: GrantService(work, _things(door)).restrictions())
    return Restrictions(items=list(found))


@router.post("/restrictions", status_code=201, summary="Restrict a thing to whom it is granted", dependencies=_GRANTS)
async def create_restriction(body: RestrictionRequest, door: Door) -> Restriction:
    return await door.create(Restriction, lambda work: GrantService(work, _things(door)).restrict(body))


@router.delete("/restrictions/{kind}/{thing}", status_code=204, summary="Lift a restriction", dependencies=_GRANTS)
async def delete_restriction(kind: _Kind, thing: _Thing, door: Door) -> None:
    await door.write(lambda work: GrantService(work, _things(door)).release(kind, thing))


def _things(door: DoorContext) -> Things:
    found: Things = door.services.things
    return found
