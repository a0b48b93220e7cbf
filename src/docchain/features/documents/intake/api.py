"""HTTP door of the intake ledger and of what a workspace takes."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from docchain.features.documents.intake.schemas import IntakeItem, IntakeQuery, IntakeRules
from docchain.features.documents.intake.service import IntakeService
from docchain.platform.pagination import Page
from docchain.platform.preconditions import etag_of
from docchain.platform.web.door import Door, needs
from docchain.platform.web.preconditions import NeedsIfMatch
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Intake"], route_class=LateRoute)

_READ: Final = [needs("documents:read")]
_ADMIN: Final = [needs("admin")]


@router.get("/intake", summary="List what came in, or was refused", dependencies=_READ)
async def list_intake(wanted: Annotated[IntakeQuery, Query()], door: Door) -> Page[IntakeItem]:
    newest_first = wanted.sort == "-received_at"
    return await door.read(lambda work: IntakeService(work).list(wanted, wanted.page(), newest_first=newest_first))


@router.get("/intake/rules", summary="Read what the workspace takes", dependencies=_READ)
async def read_intake_rules(door: Door, response: Response) -> IntakeRules:
    rules, revision = await door.read(lambda work: IntakeService(work).rules())
    response.headers["ETag"] = etag_of(revision)
    return rules


@router.put("/intake/rules", summary="Choose what the workspace takes", dependencies=_ADMIN)
async def set_intake_rules(wanted: IntakeRules, expected: NeedsIfMatch, door: Door, response: Response) -> IntakeRules:
    revision = await door.write(lambda work: IntakeService(work).choose(wanted, expected))
    response.headers["ETag"] = etag_of(revision)
    return wanted


@router.get("/intake/{item}", summary="Read what became of one thing that came in", dependencies=_READ)
async def read_intake_item(item: UUID, door: Door) -> IntakeItem:
    return await door.read(lambda work: IntakeService(work).read(item))
