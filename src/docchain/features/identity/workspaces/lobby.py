"""The lobby: where whoever signed in is before they are in a workspace; nothing of any workspace is open to them."""

import hmac
from collections.abc import Callable
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel

from docchain.features.identity.accounts.house import as_system
from docchain.features.identity.sign_in import SignIn
from docchain.platform.idempotency import Recall, once
from docchain.platform.web.door import ACTOR, BearerToken, DoorContext, Services, asked_of
from docchain.platform.work import Work

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
_NOWHERE: Final = UUID(int=0)
"""Where keys of requests count that are about no workspace."""


class LobbyContext:
    """One request of somebody, member or not, with transactions of the installation in their name."""

    def __init__(self, door: DoorContext) -> None:
        door.person()
        self.actor = as_system(door.actor)
        self._services: Services = door.services
        self._request = door.request

    async def read(self, transaction: Callable[[Work], T]) -> T:
        return await self._services.database.read(transaction, self.actor)

    async def write(self, transaction: Callable[[Work], T]) -> T:
        return await self._services.database.write(transaction, self.actor)

    async def create(
        self, answered: type[M] | Recall[M], transaction: Callable[[Work], M], content: bytes | None = None
    ) -> M:
        """Write, but only once for the same `Idempotency-Key`; `content` stands for a body that holds a secret."""
        asked = await asked_of(self._request, content)
        if asked is None:
            return await self.write(transaction)
        return await self.write(lambda work: once(work, asked, answered, transaction, _NOWHERE))


async def open_lobby(request: Request, token: BearerToken) -> LobbyContext:
    """Whoever names a workspace has to be a member of it, here as everywhere."""
    sign_in: SignIn = request.app.state.services.sign_in
    actor = await sign_in.person(token, request.headers.get("x-workspace"))
    request.scope[ACTOR] = actor
    return LobbyContext(DoorContext(request, actor))


Lobby = Annotated[LobbyContext, Depends(open_lobby)]


async def digest_of(door: DoorContext) -> bytes:
    """What tells a body from others without telling what is in it: only who knows the server's key could guess."""
    secret: str = door.services.settings.security.secret_key.get_secret_value()
    return hmac.digest(secret.encode(), await door.request.body(), "sha256")
