"""Access tokens: signed, short-lived claims; a token is believed only if we signed it and it has not expired."""

import hmac
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from docchain.platform.clock import Clock, SystemClock
from docchain.platform.errors import Unauthenticated

if TYPE_CHECKING:
    from joserfc.jwk import OctKey  # brings all of cryptography, a tenth of the time of a start

_HEADER = {"alg": "HS256"}


class BadToken(Unauthenticated):
    code = "bad_token"
    title = "The access token is not valid"


class ExpiredToken(Unauthenticated):
    code = "expired_token"
    title = "The access token has expired"


class Tokens:
    """Issues and reads access tokens.

    Args:
        secret: the product's secret key; a key of its own is derived from it.
        lifetime: how long a token is good for.
        clock: what time it is.
        purpose: what the tokens are for; those for another purpose are not believed.
    """

    def __init__(
        self,
        secret: str,
        lifetime: timedelta,
        clock: Clock | None = None,
        purpose: bytes = b"docchain access token",
    ) -> None:
        self._derived = hmac.digest(secret.encode(), purpose, "sha256")
        self._lifetime = lifetime
        self._clock = clock or SystemClock()

    @cached_property
    def _key(self) -> "OctKey":
        from joserfc.jwk import OctKey  # noqa: PLC0415 (as above)

        return OctKey.import_key(self._derived)

    def issue(self, claims: dict[str, Any]) -> tuple[str, datetime]:
        """Sign claims; return the token and the moment it expires."""
        from joserfc import jwt  # noqa: PLC0415 (as above)

        now = self._clock.now().replace(microsecond=0)
        expires = now + self._lifetime
        times = {"iat": int(now.timestamp()), "exp": int(expires.timestamp())}
        return jwt.encode(_HEADER, claims | times, self._key), expires

    def read(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that we signed and that has not expired."""
        from joserfc import jwt  # noqa: PLC0415 (as above)
        from joserfc.errors import JoseError  # noqa: PLC0415 (the same)

        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"]).claims
            expires = datetime.fromtimestamp(claims["exp"], UTC)
        except (JoseError, ValueError, KeyError, TypeError):
            raise BadToken(hint="Sign in again to get a new one.") from None
        if expires <= self._clock.now():
            raise ExpiredToken(hint="Sign in again to get a new one.")
        return claims
