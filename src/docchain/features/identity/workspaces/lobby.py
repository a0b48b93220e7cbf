"""The lobby: where whoever signed in is before they are in a workspace; nothing of any workspace is open to them."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from docchain.features.identity.accounts.house import as_system
from docchain.features.identity.sign_in import SignIn
from docchain.platform.web.door import ACTOR, BearerToken, DoorContext, Services
from docchain.platform.work import Work

T = TypeVar("T")


class LobbyContext:
    """One request of somebody, member or not, with transactions of the installation in their name."""

    def __init__(self, door: DoorContext) -> None:
        door.person()
        self.actor = as_system(door.actor)
        self._services: Services = door.services

    async def read(self, transaction: Callable[[Work], T]) -> T:
        return await self._services.database.read(transaction, self.actor)

    async def write(self, transaction: Callable[[Work], T]) -> T:
        return await self._services.database.write(transaction, self.actor)


async def open_lobby(request: Request, token: BearerToken) -> LobbyContext:
    """Whoever names a workspace has to be a member of it, here as everywhere."""
    sign_in: SignIn = request.app.state.services.sign_in
    actor = await sign_in.person(token, request.headers.get("x-workspace"))
    request.scope[ACTOR] = actor
    return LobbyContext(DoorContext(request, actor))


Lobby = Annotated[LobbyContext, Depends(open_lobby)]
