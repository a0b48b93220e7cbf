"""The cookie that keeps a browser signed in: random, never readable by pages, and bound to our address."""

import hmac
import secrets
from hashlib import sha256
from typing import Final

from starlette.requests import HTTPConnection

COOKIE_PREFIX: Final = "dcs_"
SAFE_NAME: Final = "__Host-docchain"
PLAIN_NAME: Final = "docchain"
"""Where there is no TLS, in development: browsers take the other name only with it."""
_BYTES: Final = 32
_CSRF: Final = b"docchain csrf"


def new_cookie() -> str:
    return COOKIE_PREFIX + secrets.token_urlsafe(_BYTES)


def cookie_digest(cookie: str) -> str:
    """What is kept of a cookie; it is random, so a fast hash is safe."""
    return sha256(cookie.encode()).hexdigest()


def csrf_token(cookie: str) -> str:
    """What requests that change something send besides the cookie: only who knows the cookie can make it."""
    return hmac.new(cookie.encode(), _CSRF, sha256).hexdigest()


def cookie_name(connection: HTTPConnection) -> str:
    """The one name that is believed here: any other may have been set by a neighbour of our address."""
    name: str = getattr(connection.app.state, "session_cookie", SAFE_NAME)
    return name


def cookie_of(connection: HTTPConnection) -> str | None:
    """The session cookie of a request."""
    if "cookie" not in connection.headers:
        return None
    cookie = connection.cookies.get(cookie_name(connection), "")
    return cookie if cookie.startswith(COOKIE_PREFIX) else None
