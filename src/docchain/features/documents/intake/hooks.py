"""Addresses of hooks, and signatures of what is sent there; both come of the product's secret key, so none is kept."""

import base64
import hmac
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from docchain.features.documents.intake.errors import BadSignature, HookNotFound

_PATH: Final = "/api/v3/intake/hooks/"
_MAC: Final = 18
_SKEW: Final = timedelta(minutes=5)


class Hooks:
    """Makes and reads addresses.

    Args:
        secret: the product's secret key.
        server: where others find the server.
    """

    def __init__(self, secret: str, server: str) -> None:
        self._key = hmac.digest(secret.encode(), b"docchain intake hook", "sha256")
        self._begin = server + _PATH

    def address(self, workspace: UUID, source: UUID) -> str:
        about = workspace.bytes + source.bytes
        return self._begin + base64.urlsafe_b64encode(self._mac(about) + about).rstrip(b"=").decode()

    def read(self, token: str) -> tuple[UUID, UUID]:
        """The workspace and the source of an address."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise HookNotFound from None
        mac, about = raw[:_MAC], raw[_MAC:]
        if len(about) != 32 or not hmac.compare_digest(mac, self._mac(about)):  # noqa: PLR2004 - two ids
            raise HookNotFound
        return UUID(bytes=about[:16]), UUID(bytes=about[16:])

    def signing_key(self, source: UUID) -> str:
        return "whsec_" + base64.b64encode(self._secret(source)).decode()

    def signature(self, source: UUID, delivery: str, timestamp: str) -> "hmac.HMAC":
        """What is to be fed with the body."""
        return hmac.new(self._secret(source), f"{delivery}.{timestamp}.".encode(), "sha256")

    def _secret(self, source: UUID) -> bytes:
        return hmac.digest(self._key, b"sign" + source.bytes, "sha256")

    def _mac(self, about: bytes) -> bytes:
        return hmac.digest(self._key, about, "sha256")[:_MAC]


def check_moment(timestamp: str, now: datetime) -> None:
    if not timestamp.isdigit() or abs(now.timestamp() - int(timestamp[:12])) > _SKEW.total_seconds():
        raise BadSignature("Its webhook-timestamp is missing, or not of now.", hint="Send Unix seconds of the present.")


def check_signature(given: str, digest: bytes) -> None:
    """One of the signatures of the header must fit."""
    wanted = "v1," + base64.b64encode(digest).decode()
    if not any(hmac.compare_digest(wanted, said) for said in given.split()):
        raise BadSignature("The webhook-signature is missing, or of another key or body.")
