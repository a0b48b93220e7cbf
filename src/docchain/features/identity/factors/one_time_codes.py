"""One-time codes by the clock (RFC 6238), as authenticator apps show them; each counts once."""

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

PERIOD: Final = 30
DIGITS: Final = 6
_SECRET_BYTES: Final = 20


def new_secret() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def written(secret: bytes) -> str:
    """As people type it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def code_at(secret: bytes, step: int) -> str:
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matching_step(secret: bytes, code: str, around: tuple[datetime, int], after: int) -> int | None:
    """The period that a code is of: the one of a moment, or of so many around it; later than the last that was used."""
    now, neighbours = around
    present = int(now.timestamp()) // PERIOD
    found = None
    for step in range(present - neighbours, present + neighbours + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > after:
            found = step
    return found


def address(secret: bytes, issuer: str, account: str) -> str:
    """What the QR code says."""
    label = quote(f"{issuer}:{account}", safe="")
    said = {"secret": written(secret), "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": PERIOD}
    return f"otpauth://totp/{label}?{urlencode(said, quote_via=quote)}"
