"""Sign-in over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from docchain.features.identity.schemas import Login, Me, RefreshRequest, Registration, SignedIn
from docchain.features.identity.service import IdentityService
from docchain.features.identity.sign_in import SignIn
from docchain.features.identity.socket_cookie import SOCKET_COOKIE, SOCKET_PATH
from docchain.platform.provenance import present_caller
from docchain.platform.web.door import BearerToken, Door, asked_of
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/auth", tags=["Sign-in"], route_class=LateRoute)


# The framework would send dependencies that are not coroutines to a thread and back: longer than they take.
async def _sign_in(request: Request) -> SignIn:
    service: SignIn = request.app.state.services.sign_in
    return service


SignInService = Annotated[SignIn, Depends(_sign_in)]


class _Browser:
    """Keeps the cookie for sockets with the tokens of a sign-in; programs need not mind it."""

    def __init__(self, service: SignIn, response: Response) -> None:
        self._cookies = service.cookies
        self._response = response

    def keep(self, signed_in: SignedIn) -> SignedIn:
        self._response.set_cookie(
            SOCKET_COOKIE,
            self._cookies.issue(signed_in.access_token),
            max_age=signed_in.expires_in,
            path=SOCKET_PATH,
            secure=self._cookies.secure,
            httponly=True,
            samesite="strict",
        )
        return signed_in

    def forget(self) -> None:
        self._response.delete_cookie(SOCKET_COOKIE, path=SOCKET_PATH)


async def _browser(service: SignInService, response: Response) -> _Browser:
    return _Browser(service, response)


Browser = Annotated[_Browser, Depends(_browser)]


@router.post("/login", summary="Sign in with username and password")
async def login(body: Login, service: SignInService, browser: Browser) -> SignedIn:
    return browser.keep(await service.login(body, present_caller()))


@router.post("/register", status_code=201, summary="Create a user with a workspace of their own")
async def register(body: Registration, request: Request, service: SignInService, browser: Browser) -> SignedIn:
    """Closed unless the server was started with `DOCCHAIN_REGISTRATION=open`.

    Repeated with its `Idempotency-Key`, it signs in again whom it made.
    """
    return browser.keep(await service.register(body, await asked_of(request), present_caller()))


@router.post("/refresh", summary="Exchange a refresh token for new tokens")
async def refresh(body: RefreshRequest, service: SignInService, browser: Browser) -> SignedIn:
    """A refresh token works once. Using it a second time ends the session, because somebody may have copied it."""
    return browser.keep(await service.refresh(body.refresh_token.get_secret_value()))


@router.post("/logout", status_code=204, summary="End this session")
async def logout(token: BearerToken, service: SignInService, browser: Browser) -> None:
    """The session's access and refresh tokens stop working at once, and its sockets are closed."""
    await service.logout(token)
    browser.forget()


@router.get("/me", summary="Show who is signed in, where, and what they may do")
async def me(door: Door) -> Me:
    door.versioned("user", door.actor.user_id)
    # Users belong to no workspace; reading one's own needs no permission.
    return await door.read(lambda work: IdentityService(work).me(door.actor))
