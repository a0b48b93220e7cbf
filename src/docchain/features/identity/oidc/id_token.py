"""ID tokens: believed only with a signature of the provider's own keys, made for us, now, and for this sign-in."""

import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from docchain.features.identity.oidc.errors import BadIdToken, UnknownKey

Json = dict[str, Any]
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""None that needs a shared secret, so nobody can sign with a public key."""
_LEEWAY: Final = 60
_LONGEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say; `fresh`: that the user proved who they are within so many seconds."""

    issuer: str
    audience: str
    nonce: str
    fresh: int | None = None


def believed(token: str, keys: Sequence[Json], expected: Expected, now: datetime) -> Json:
    """Return the claims of a token.

    Raises:
        UnknownKey: it was signed with a key that is not among these.
        BadIdToken: anything else is wrong with it.
    """
    claims = _verified(token, keys)
    moment = now.timestamp()
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    _check(claims.get("iss") == expected.issuer, "Its issuer is another one.")
    _check(expected.audience in audiences, "It was made for another client.")
    _check(len(audiences) == 1 or claims.get("azp") == expected.audience, "It was made for several clients.")
    _check(claims.get("azp") in (None, expected.audience), "It was asked for by another client.")
    _check(_number(claims, "exp") + _LEEWAY > moment, "It has expired.")
    _check(_number(claims, "iat") - _LEEWAY <= moment, "It is from the future.")
    _check("nbf" not in claims or _number(claims, "nbf") - _LEEWAY <= moment, "It is not valid yet.")
    _check(_same(claims.get("nonce"), expected.nonce), "It belongs to another sign-in.")
    _check(isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255, "It names nobody.")  # noqa: PLR2004 - as the standard says
    if expected.fresh is not None:
        proved = _number(claims, "auth_time")
        _check(proved + expected.fresh + _LEEWAY > moment, "The provider did not ask who you are again.")
        _check(proved - _LEEWAY <= moment, "It is from the future.")
    return claims


def _verified(token: str, keys: Sequence[Json]) -> Json:
    """Check the signature; the header only chooses among keys and algorithms that are allowed anyway."""
    from joserfc import jwk, jwt  # noqa: PLC0415 - brings all of cryptography
    from joserfc.errors import JoseError  # noqa: PLC0415 (the same)

    header = _header(token)
    algorithm, key_id = str(header.get("alg")), header.get("kid")
    _check(algorithm in ALGORITHMS, f"Its algorithm {algorithm[:20]!r} is not allowed.")
    usable = [key for key in keys if key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"]
    chosen = [key for key in usable if key_id is None or key.get("kid") == key_id]
    if not chosen:
        raise UnknownKey("It was signed with a key that the provider does not publish.")
    for key in chosen:
        try:
            return dict(jwt.decode(token, jwk.import_key(key), algorithms=[algorithm]).claims)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    raise BadIdToken("Its signature is wrong.")


def _header(token: str) -> Json:
    _check(len(token) <= _LONGEST, "It is too long.")
    try:
        first = token.partition(".")[0]
        header = json.loads(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except ValueError:
        raise BadIdToken("It cannot be read.") from None
    _check(isinstance(header, dict) and "crit" not in header, "It cannot be read.")
    return dict(header)


def _number(claims: Json, name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadIdToken(f"It does not say {name}.")
    return value


def _same(given: object, wanted: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), wanted.encode())


def _check(right: object, otherwise: str) -> None:
    if not right:
        raise BadIdToken(otherwise)
