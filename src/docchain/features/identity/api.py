"""Sign-in over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from docchain.features.identity.schemas import BrowserSession, Login, Me, RefreshRequest, Registration, SignedIn
from docchain.features.identity.service import IdentityService
from docchain.features.identity.sessions.api import router as sessions
from docchain.features.identity.sessions.browsers import Browser
from docchain.features.identity.sign_in import SignIn
from docchain.platform.provenance import present_caller
from docchain.platform.web.door import ENROLLING, KNOWN, BearerToken, Door, asked_of
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/auth", tags=["Sign-in"], route_class=LateRoute)


# The framework would send dependencies that are not coroutines to a thread and back: longer than they take.
async def _sign_in(request: Request) -> SignIn:
    service: SignIn = request.app.state.services.sign_in
    return service


SignInService = Annotated[SignIn, Depends(_sign_in)]


@router.post("/login", summary="Sign in with username and password")
async def login(body: Login, service: SignInService, browser: Browser) -> SignedIn | BrowserSession:
    """Tokens for programs; with `cookies`, a cookie for a browser.

    Who has a second factor gets a 401 `second_factor_required` with a `challenge` and the `methods` to answer it.
    """
    user_id = await service.check(body, present_caller())
    return await browser.enter(user_id, "password", cookies=body.cookies)


@router.post("/register", status_code=201, summary="Create a user with a workspace of their own")
async def register(body: Registration, request: Request, service: SignInService) -> SignedIn:
    """Closed unless the server was started with `DOCCHAIN_REGISTRATION=open` or `invited`.

    Repeated with its `Idempotency-Key`, it signs in again whom it made, as a login does: with a second factor, too.
    """
    caller = present_caller()
    user_id = await service.register(body, await asked_of(request), caller)
    return await service.admit(user_id, "password", caller)


@router.post("/refresh", summary="Exchange a refresh token for new tokens")
async def refresh(body: RefreshRequest, service: SignInService) -> SignedIn:
    """A refresh token works once. Using it a second time ends the session, because somebody may have copied it.

    That is so even if both come at the same moment: no server can tell a hurried client from a thief.
    """
    return await service.refresh(body.refresh_token.get_secret_value())


@router.post("/logout", status_code=204, summary="End this session")
async def logout(token: BearerToken, service: SignInService, browser: Browser) -> None:
    """The session's tokens and its cookie stop working at once, and its sockets are closed."""
    await service.logout(token)
    browser.forget()


@router.get("/me", summary="Show who is signed in, where, and what they may do", dependencies=[ENROLLING, KNOWN])
async def me(door: Door) -> Me:
    door.versioned("user", door.actor.user_id)
    door.versioned("workspace")
    # Users belong to no workspace; reading one's own needs no permission.
    return await door.read(lambda work: IdentityService(work).me(door.actor))


router.include_router(sessions)
