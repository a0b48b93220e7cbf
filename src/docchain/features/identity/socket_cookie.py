"""The cookie that a sign-in leaves in a browser: it opens sockets, and nothing else believes it."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from docchain.platform.clock import Clock
from docchain.platform.settings import SecuritySettings
from docchain.platform.tokens import BadToken, Tokens

SOCKET_COOKIE: Final = "docchain_socket"
SOCKET_PATH: Final = "/api/v3/ws"
_PURPOSE: Final = b"docchain socket cookie"


class SocketCookies:
    """Makes and reads them: signed with a key of their own, good for as long as an access token."""

    def __init__(self, settings: SecuritySettings, clock: Clock) -> None:
        secret, lifetime = settings.secret_key.get_secret_value(), timedelta(minutes=settings.access_token_minutes)
        self.secure = settings.profile != "development"
        self._own = Tokens(secret, lifetime, clock, _PURPOSE)
        self._access = Tokens(secret, lifetime, clock)

    def issue(self, access_token: str) -> str:
        """A cookie for the session of a token that was handed out just now."""
        cookie, _ = self._own.issue({"sid": self._access.read(access_token)["sid"]})
        return cookie

    def read(self, cookie: str) -> tuple[UUID, datetime]:
        """The session, and until when the cookie is good."""
        try:
            claims = self._own.read(cookie)
            return UUID(claims["sid"]), datetime.fromtimestamp(claims["exp"], UTC)
        except (KeyError, ValueError, AttributeError):
            raise BadToken(hint="Sign in again.") from None
