"""The door of a request: who asks, and one transaction per call; it commits before the response is sent."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import BaseModel

from docchain.platform.database import Database
from docchain.platform.errors import Denied, Refusal, Unauthenticated
from docchain.platform.event_tail import DATABASE
from docchain.platform.idempotency import Asked, Recall, once, repeated
from docchain.platform.turns import act_for
from docchain.platform.web.bodies import BUDGET, BodyBudget
from docchain.platform.web.csrf import check_csrf
from docchain.platform.web.notes import notes_of
from docchain.platform.web.session_cookie import COOKIE_PREFIX, cookie_of
from docchain.platform.web.versions import VERSIONED, Versions
from docchain.platform.work import Actor, Work

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
_KEY = re.compile(r"[!-~]{1,255}")
_FOR_PEOPLE = "This is for people: sign in, and send an access token."
ACTOR = "docchain.actor"
"""Who asks, in the scope of the request; not there before they are known."""
BY_COOKIE = "docchain.by_cookie"
"""In the scope of a request that a browser's cookie signs."""
_LOOK_AGAIN = timedelta(minutes=1)
Authenticate = Callable[[str, str | None], Awaitable[Actor]]


class Services(Protocol):
    """What a door needs of the services that the composition root built; features find theirs here too."""

    database: Database
    authenticate: Authenticate

    def __getattr__(self, name: str) -> Any: ...


class BadIdempotencyKey(Refusal):
    code = "bad_idempotency_key"
    title = "The header Idempotency-Key is not valid"


class KeyNotAccepted(Denied):
    code = "key_not_accepted"
    title = "An API key does not open this"


class SecondFactorNeeded(Denied):
    code = "second_factor_needed"
    title = "Set up a second factor first"

    def __init__(self) -> None:
        super().__init__(
            "Here everybody like you signs in with a second factor, and you have none yet.",
            hint="Set up an app or a passkey at /account, or with POST /api/v3/auth/factors/totp.",
        )


class DoorContext:
    """One request's way to the product: its actor, the services, and transactions."""

    def __init__(self, request: Request, actor: Actor) -> None:
        self.request = request
        self._actor = actor
        self._admitted = actor.key_id is None
        self._enrolled = not actor.to_enrol
        self.services: Services = request.app.state.services

    @property
    def actor(self) -> Actor:
        """Who asks. An API key opens nothing that does not say which permission it needs."""
        if not self._admitted:
            raise KeyNotAccepted(_FOR_PEOPLE)
        self._demand_factor()
        return self._actor

    async def read(self, transaction: Callable[[Work], T]) -> T:
        """Run a function on a consistent snapshot."""
        return await self.services.database.read(transaction, self.actor)

    async def write(self, transaction: Callable[[Work], T]) -> T:
        """Run a function as one transaction; it is durable when this returns."""
        return await self.services.database.write(transaction, self.actor)

    async def create(
        self, answered: type[M] | Recall[M], transaction: Callable[[Work], M], content: bytes | None = None
    ) -> M:
        """Write, but only once for the same `Idempotency-Key`: a repeated request gets the first answer.

        Args:
            answered: what the transaction returns: a model that is kept whole, or how it is told again.
            transaction: what is to happen once.
            content: tells this request from others instead of its body, if that was a stream.
        """
        asked = await self._asked(content)
        if asked is None:
            return await self.write(transaction)
        return await self.write(lambda work: once(work, asked, answered, transaction))

    async def repeated(self, answered: type[M] | Recall[M]) -> M | None:
        """What this request was answered before, if its key is known: look before checks that its effect makes fail."""
        asked = await self._asked()
        return None if asked is None else await self.read(lambda work: repeated(work, asked, answered))

    async def _asked(self, content: bytes | None = None) -> Asked | None:
        return await asked_of(self.request, content)

    def versioned(self, kind: str, subject: UUID | None = None) -> None:
        """Say what the answer is about: it may be kept until an event tells that this has changed.

        Call it for everything that can change the answer, and only if every such change appends an event about it.
        """
        versions: Versions | None = self.request.scope.get(VERSIONED)
        if versions is None:
            return
        versions.about(kind, subject)
        versions.about("user", self.actor.user_id)
        versions.about("session", self.actor.session_id)
        versions.until = self.actor.until
        if BY_COOKIE in self.request.scope:  # the session must be seen to be used, or it ends
            soon = self.services.database.clock.now() + _LOOK_AGAIN
            versions.until = min(versions.until or soon, soon)

    def versioned_by_all(self) -> None:
        """Say that the answer is as the database is: it may be kept until anything at all was committed there."""
        self.versioned(DATABASE[0])

    def require(self, permission: str) -> None:
        """Refuse an actor without the permission; one who has it by grants only is confined to what was granted."""
        self._demand_factor()
        things = () if self._actor.may(permission) else self._actor.reach.things_for(permission)
        if not things and not self._actor.may(permission):
            raise Denied(
                f"This needs the permission {permission} in the workspace.",
                hint="Ask an administrator of the workspace for a role that has it.",
            )
        self.admit()
        if things:
            given = self._actor.permissions | {permission}
            self._actor = replace(self._actor, permissions=given, reach=self._actor.reach.confined(things))
            self.request.scope[ACTOR] = self._actor

    def person(self) -> None:
        """Refuse API keys, whatever else they may."""
        self._demand_factor()
        if self._actor.key_id is not None:
            raise KeyNotAccepted(_FOR_PEOPLE)

    def admit(self) -> None:
        """Let in whoever is known, API keys too."""
        self._demand_factor()
        self._admitted = True

    def enrol(self) -> None:
        """Let in who has to set up a second factor before anything else."""
        self._enrolled = True

    def allow_body(self, limit: int) -> None:
        """Let this request stream a body of up to `limit` bytes; call it before reading `request.stream()`."""
        budget: BodyBudget = self.request.scope[BUDGET]
        budget.stream(limit)

    def _demand_factor(self) -> None:
        if not self._enrolled:
            raise SecondFactorNeeded

    async def unless_stopping(self, waiting: Coroutine[Any, Any, T]) -> T | None:
        """Wait for something that may take long; `None` if the server stops meanwhile, so answer what is known."""
        stopping = asyncio.create_task(self.request.app.state.stopping.wait())
        task = asyncio.create_task(waiting)
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            stopping.cancel()
            task.cancel()


async def asked_of(request: Request, content: bytes | None = None) -> Asked | None:
    """The key of a request and what it is for; `content` stands for its body, if that was a stream."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise BadIdempotencyKey("It has 1 to 255 printable ASCII characters.")
    told = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    digest = sha256(told + (await request.body() if content is None else content)).hexdigest()
    return Asked(key, digest, notes_of(request.scope).replay)


class _Bearer(SecurityBase):
    """The token of a request or a browser's cookie; one dependency, for the framework looks at each on every route."""

    def __init__(self) -> None:
        self.model = HTTPBearer(description="The `access_token` of a sign-in.")
        self.scheme_name = "HTTPBearer"

    async def __call__(self, request: Request) -> str:
        scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
        if scheme.lower() == "bearer" and token and not token.startswith(COOKIE_PREFIX):
            return token
        if not scheme and (cookie := cookie_of(request)) is not None:
            check_csrf(request, cookie)
            request.scope[BY_COOKIE] = True
            return cookie
        raise Unauthenticated(
            "This needs an access token.",
            hint="Sign in with POST /api/v3/security/auth/login and send `Authorization: Bearer <access_token>`.",
        )


BearerToken = Annotated[str, Depends(_Bearer())]


async def open_door(request: Request, token: BearerToken) -> DoorContext:
    services: Services = request.app.state.services
    return door_of(request, await services.authenticate(token, request.headers.get("x-workspace")))


def door_of(request: Request, actor: Actor) -> DoorContext:
    """The door of somebody who is believed."""
    services: Services = request.app.state.services
    request.scope[ACTOR] = actor
    act_for(actor.workspace_id)
    versions: Versions | None = request.scope.get(VERSIONED)
    if versions is not None:
        versions.since = services.database.freshness.changes
    return DoorContext(request, actor)


Door = Annotated[DoorContext, Depends(open_door)]


def needs(permission: str) -> Any:
    """Return a route dependency that refuses actors without the permission."""

    async def check(door: Door) -> None:
        door.require(permission)

    check.permission = permission  # type: ignore[attr-defined] # what a route declares is read from here
    return Depends(check)


async def _known(door: Door) -> None:
    door.admit()


KNOWN = Depends(_known)
"""The dependency of a route that everybody who is known may call, with an API key, too."""


async def _enrolling(door: Door) -> None:
    door.enrol()


ENROLLING = Depends(_enrolling)
"""The dependency, before all others, of a route for who has to set up a second factor, too."""


async def _person(door: Door) -> None:
    door.person()


PERSON = Depends(_person)
"""The dependency of a route that everybody who signed in may call, but no API key."""
