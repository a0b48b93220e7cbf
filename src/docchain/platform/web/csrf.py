"""Requests that a browser's cookie signs: what changes something must come from our own pages, and show their token."""

import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from docchain.platform.errors import Denied
from docchain.platform.web.session_cookie import csrf_token

CSRF_HEADER: Final = "x-csrf-token"
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class ForgedRequest(Denied):
    code = "csrf"
    title = "The request does not come from a page of ours"


def check_csrf(request: Request, cookie: str) -> None:
    """Refuse what another site may have made a browser send.

    Raises:
        ForgedRequest: it comes from elsewhere, or without the token of this session.
    """
    if request.method in _READS:
        return
    check_site(request)
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token(cookie).encode()):
        raise ForgedRequest(
            "The header X-CSRF-Token is missing, or not of this session." if given else "X-CSRF-Token is missing.",
            hint="Send the `csrf_token` of the sign-in, or of GET /api/v3/auth/session, in X-CSRF-Token.",
        )


def check_site(request: Request) -> None:
    """Refuse a request that a page of another site made; what browsers say of that, no page can change."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise ForgedRequest(f"A browser says that it comes from elsewhere ({site[:20]}).")
        return
    origin = request.headers.get("origin", "")
    if not origin or urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
        raise ForgedRequest(
            "Neither Sec-Fetch-Site nor Origin says that it comes from here.",
            hint="Programs sign in without `cookies` and send an access token.",
        )
