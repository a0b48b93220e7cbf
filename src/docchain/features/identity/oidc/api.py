"""HTTP door of sign-in at other providers; its pages are for browsers, which it sends there and takes back."""

from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from docchain.features.identity.oidc.passage import LASTS
from docchain.features.identity.oidc.schemas import SignInProvider
from docchain.features.identity.oidc.sign_in import OpenIdConnect
from docchain.features.identity.sessions.browsers import Browser
from docchain.features.identity.sessions.opening import ELSEWHERE
from docchain.platform.errors import Refusal
from docchain.platform.settings import Settings
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/auth/oidc", tags=["Sign-in"], route_class=LateRoute)
_ADDRESS = "/api/v3/auth/oidc"
_PAGE = "/account"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SEE_OTHER = 303
_Id = Annotated[str, Path(max_length=40)]


async def _oidc(request: Request) -> OpenIdConnect:
    found: OpenIdConnect = request.app.state.services.oidc
    return found


Oidc = Annotated[OpenIdConnect, Depends(_oidc)]


@router.get("", summary="List where else users may sign in")
async def list_sign_in_providers(oidc: Oidc) -> list[SignInProvider]:
    return [SignInProvider(id=each.id, title=each.shown, start=f"{_ADDRESS}/{each.id}") for each in oidc.offered]


@router.get("/{provider}", include_in_schema=False)
async def begin_sign_in_elsewhere(
    provider: _Id, request: Request, oidc: Oidc, *, again: Annotated[bool, Query()] = False
) -> Response:
    try:
        place = _place(request)
        address, cookie = await oidc.begin(provider, f"{place}{_ADDRESS}/{provider}/callback", again=again)
    except Refusal as refusal:
        return _told(request, refusal)
    answer = RedirectResponse(address, _SEE_OTHER, headers={"Cache-Control": "no-store"})
    answer.set_cookie(_cookie(place), cookie, max_age=int(LASTS.total_seconds()), **_marks(place))
    return answer


@router.get("/{provider}/callback", include_in_schema=False)
async def finish_sign_in_elsewhere(
    provider: _Id, request: Request, response: Response, oidc: Oidc, browser: Browser
) -> Response:
    place = _place(request)
    try:
        came = await oidc.finish(provider, request.cookies.get(_cookie(place), ""), dict(request.query_params))
        await browser.keep(came.user_id, f"{ELSEWHERE}:{provider}", came.proved_at)
    except Refusal as refusal:
        return _told(request, refusal)
    answer = RedirectResponse(_PAGE, _SEE_OTHER, headers={"Cache-Control": "no-store"})
    for name, value in response.raw_headers:
        if name == b"set-cookie":
            answer.raw_headers.append((name, value))
    answer.delete_cookie(_cookie(place), **_marks(place))
    return answer


@router.get("/{provider}/sign-out", include_in_schema=False)
async def sign_out_elsewhere(provider: _Id, request: Request, oidc: Oidc) -> Response:
    """After our own session has ended."""
    try:
        address = await oidc.provider(provider).end(f"{_place(request)}{_PAGE}")
    except Refusal as refusal:
        return _told(request, refusal)
    return RedirectResponse(address or _PAGE, _SEE_OTHER)


def _told(request: Request, refusal: Refusal) -> Response:
    """Browsers get a page that says it in their language; the audit gets the rest."""
    if "text/html" not in request.headers.get("accept", ""):
        raise refusal
    note: Any = getattr(request.app.state, "note_refusal", None)
    if note is not None:
        note(request.scope, refusal)
    return RedirectResponse(f"{_PAGE}?error={quote(refusal.code)}", _SEE_OTHER)


def _place(request: Request) -> str:
    """Where the browser finds us: as the settings say, or on this machine as it asked."""
    settings: Settings = request.app.state.services.settings
    host = request.headers.get("host", "")
    if not settings.server.public_url and urlsplit(f"//{host}").hostname in _LOOPBACK:
        return f"http://{host}"
    return settings.server.url


def _cookie(place: str) -> str:
    return "__Host-docchain-elsewhere" if place.startswith("https:") else "docchain-elsewhere"


def _marks(place: str) -> dict[str, Any]:
    """Lax, for the provider's page sends the browser back."""
    return {"path": "/", "secure": place.startswith("https:"), "httponly": True, "samesite": "lax"}
