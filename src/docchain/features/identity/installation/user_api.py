"""All users over HTTP, for who administers the installation."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from docchain.features.identity.accounts.api import AccountHouse
from docchain.features.identity.accounts.house import as_system
from docchain.features.identity.administration import UserAdministration
from docchain.features.identity.factors.strong import strong
from docchain.features.identity.installation.schemas import (
    KnownUser,
    SessionCount,
    UserChange,
    UserOrder,
    UserQuery,
)
from docchain.features.identity.workspaces.lobby import LobbyContext, digest_of
from docchain.features.identity.workspaces.schemas import RoleChange
from docchain.platform.idempotency import Recall
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/admin/users", tags=["Users"], route_class=LateRoute)
MANAGE: Final = [needs("installation:admin")]
STRONGLY: Final = [*MANAGE, strong()]
Who = Annotated[str, Path(description="Username or id.", max_length=200)]
Where = Annotated[str, Path(description="Short name of a workspace.", max_length=60)]


@router.get("", summary="List all users", dependencies=MANAGE)
async def list_users(wanted: Annotated[UserQuery, Query()], door: Door) -> Page[KnownUser]:
    return await door.services.database.read(lambda work: UserAdministration(work).page(wanted), as_system(door.actor))


@router.post("", status_code=201, summary="Create a user", dependencies=STRONGLY)
async def create_user(body: UserOrder, door: Door, accounts: AccountHouse) -> KnownUser:
    """Without a password, nobody signs in as them before they have set one by a link."""
    hashed = ""
    if body.password is not None:
        own = [body.username, body.name, body.email or "", body.workspace]
        hashed = await accounts.hashed(body.password.get_secret_value(), own)
    again = Recall(frozenset({"id"}), lambda work, kept: UserAdministration(work).read(kept["id"]))
    known = await digest_of(door)
    return await LobbyContext(door).create(again, lambda work: UserAdministration(work).order(body, hashed), known)


@router.get("/{user}", summary="Read a user", dependencies=MANAGE)
async def read_user(user: Who, door: Door) -> KnownUser:
    return await door.services.database.read(lambda work: UserAdministration(work).read(user), as_system(door.actor))


@router.patch("/{user}", summary="Change a user", dependencies=STRONGLY)
async def change_user(user: Who, body: UserChange, door: Door) -> KnownUser:
    return await door.services.database.write(
        lambda work: UserAdministration(work).change(user, body), as_system(door.actor)
    )


@router.delete("/{user}", status_code=204, summary="Delete a user", dependencies=STRONGLY)
async def delete_user(user: Who, door: Door) -> None:
    """With their keys, factors and sessions; what they did stays. Not while a workspace has no other owner."""
    await door.services.database.write(lambda work: UserAdministration(work).delete(user), as_system(door.actor))


@router.post("/{user}/disable", summary="Shut a user out", dependencies=STRONGLY)
async def disable_user(user: Who, door: Door) -> KnownUser:
    """Their sessions end, and they cannot sign in; what they did stays."""
    return await door.services.database.write(
        lambda work: UserAdministration(work).disable(user), as_system(door.actor)
    )


@router.post("/{user}/enable", summary="Let a user sign in again", dependencies=STRONGLY)
async def enable_user(user: Who, door: Door) -> KnownUser:
    return await door.services.database.write(lambda work: UserAdministration(work).enable(user), as_system(door.actor))


@router.post("/{user}/end-sessions", summary="End all sessions of a user", dependencies=STRONGLY)
async def end_sessions_of_user(user: Who, door: Door) -> SessionCount:
    ended = await door.services.database.write(
        lambda work: UserAdministration(work).end_sessions(user), as_system(door.actor)
    )
    return SessionCount(ended=ended)


@router.post("/{user}/reset", status_code=202, summary="Mail a user a link to set a password", dependencies=STRONGLY)
async def reset_password_of_user(user: Who, door: Door, accounts: AccountHouse) -> None:
    """Without a mail server, make the link with `docchain user reset-link` and hand it over."""
    user_id = await door.services.database.read(
        lambda work: UserAdministration(work).id_of(user), as_system(door.actor)
    )
    await accounts.mail_reset(user_id, door.actor)


@router.put("/{user}/workspaces/{workspace}", summary="Give a user a role in a workspace", dependencies=STRONGLY)
async def place_user(user: Who, workspace: Where, body: RoleChange, door: Door) -> KnownUser:
    return await door.services.database.write(
        lambda work: UserAdministration(work).place(user, workspace, body.role), as_system(door.actor)
    )


@router.delete(
    "/{user}/workspaces/{workspace}", status_code=204, summary="Take a user out of a workspace", dependencies=STRONGLY
)
async def displace_user(user: Who, workspace: Where, door: Door) -> None:
    await door.services.database.write(
        lambda work: UserAdministration(work).displace(user, workspace), as_system(door.actor)
    )
