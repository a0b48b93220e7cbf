"""The door to what is one's own: open to whoever signed in, a member or not, also before a second factor is set up."""

from typing import Annotated

from fastapi import Depends, Request

from docchain.features.identity.sign_in import SignIn
from docchain.platform.web.door import BearerToken, DoorContext, door_of


async def open_own_door(request: Request, token: BearerToken) -> DoorContext:
    """API keys are refused. Who is a member of nothing acts on the installation, so it asks for what is theirs only."""
    sign_in: SignIn = request.app.state.services.sign_in
    door = door_of(request, await sign_in.own(token, request.headers.get("x-workspace")))
    door.enrol()
    door.person()
    return door


async def open_account_door(request: Request, token: BearerToken) -> DoorContext:
    """The same, but closed to who has to set up a second factor before."""
    sign_in: SignIn = request.app.state.services.sign_in
    door = door_of(request, await sign_in.own(token, request.headers.get("x-workspace")))
    door.person()
    return door


OwnDoor = Annotated[DoorContext, Depends(open_own_door)]
AccountDoor = Annotated[DoorContext, Depends(open_account_door)]
