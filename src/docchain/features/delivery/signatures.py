"""Signatures of the Standard Webhooks specification, version 1: the receiver can prove who sent what, and when."""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Callable
from typing import Final

_NAME: Final = re.compile(r"DOCCHAIN_SECRET_[A-Z0-9_]{1,100}")
_OWN: Final = "DOCCHAIN_SECRET_KEY"
_PREFIX: Final = "whsec_"


class SecretMissingError(Exception):
    """There is no such secret; the message says how to set it."""


class Secrets:
    """Secrets that steps may use, by the name of their environment variable; the server's own key is none of them.

    Args:
        read: finds the value of a variable.
    """

    def __init__(self, read: Callable[[str], str | None] = os.environ.get) -> None:
        self._read = read

    def get(self, name: str) -> str:
        if not _NAME.fullmatch(name) or name == _OWN:
            raise SecretMissingError(f"{name!r} names no secret for steps; their names begin with DOCCHAIN_SECRET_.")
        value = self._read(name)
        if not value:
            raise SecretMissingError(f"The environment variable {name} is not set; set it where the server runs.")
        return value


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header `webhook-signature`."""
    content = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    """Secrets that begin with `whsec_` are base64, all others are taken as they are."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise SecretMissingError("A secret that begins with whsec_ must go on in base64.") from None
