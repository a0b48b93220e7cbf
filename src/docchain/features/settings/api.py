"""HTTP door of the settings of a workspace."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response

from docchain.features.settings.schemas import RollbackRequest, Setting, SettingList, SettingName, SettingRequest
from docchain.features.settings.service import SettingService
from docchain.platform.limits.limiter import Limiter
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.preconditions import NeedsIfMatch, etag_of
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/admin/settings", tags=["Settings"], route_class=LateRoute)
_ADMIN: Final = [needs("admin")]
_Name = Annotated[SettingName, Path(examples=["outgoing"])]


@router.get("", summary="List the settings of the workspace", dependencies=_ADMIN)
async def list_settings(door: Door) -> SettingList:
    return SettingList(items=await door.read(lambda work: SettingService(work).all()))


@router.get("/{name}", summary="Read a setting", dependencies=_ADMIN)
async def read_setting(name: _Name, door: Door, response: Response) -> Setting:
    return _tagged(response, await door.read(lambda work: SettingService(work).read(name)))


@router.put("/{name}", summary="Change a setting; it counts within some seconds everywhere", dependencies=_ADMIN)
async def change_setting(
    name: _Name, body: SettingRequest, expected: NeedsIfMatch, door: Door, response: Response
) -> Setting:
    known = door.services.settings.ai.providers
    changed = await door.write(lambda work: SettingService(work, known).set(name, body.value, expected))
    return await _told(door, response, changed)


@router.get("/{name}/history", summary="Read what a setting was, the newest revision first", dependencies=_ADMIN)
async def read_setting_history(name: _Name, door: Door) -> SettingList:
    return SettingList(items=await door.read(lambda work: SettingService(work).history(name)))


@router.post("/{name}/rollback", summary="Set a setting to what it was at a revision", dependencies=_ADMIN)
async def roll_back_setting(
    name: _Name, body: RollbackRequest, expected: NeedsIfMatch, door: Door, response: Response
) -> Setting:
    """Revision 0 is what it is while nobody has set it."""
    changed = await door.create(Setting, lambda work: SettingService(work).roll_back(name, body.revision, expected))
    return await _told(door, response, changed)


async def _told(door: DoorContext, response: Response, setting: Setting) -> Setting:
    door.services.workspace_settings.forget()
    limiter: Limiter | None = getattr(door.request.app.state, "limiter", None)
    if limiter is not None:
        await limiter.refresh(at_once=True)
    return _tagged(response, setting)


def _tagged(response: Response, setting: Setting) -> Setting:
    response.headers["ETag"] = etag_of(setting.revision)
    return setting
