"""Addresses that answer one wait of one step: signed, so that only whom the run's readers tell can know them."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from docchain.features.signals.errors import CallbackNotFound

PATH: Final = "/api/v3/callbacks/"
_MAC: Final = 24
_HEAD: Final = _MAC + 16 + 4


@dataclass(frozen=True, slots=True)
class Callback:
    """Whom a call-back is for."""

    run_id: UUID
    step: str
    attempt: int


class CallbackLinks:
    """Makes and reads such addresses; nothing is stored.

    Args:
        secret: the product's secret key; a key of its own is derived from it.
        server: where others find the server, such as `https://flows.example.com`.
    """

    def __init__(self, secret: str, server: str) -> None:
        self._begin = server + PATH
        self._key = hmac.digest(secret.encode(), b"docchain callback link", "sha256")

    def url(self, callback: Callback) -> str:
        about = callback.run_id.bytes + callback.attempt.to_bytes(4, "big") + callback.step.encode()
        return self._begin + urlsafe_b64encode(self._mac(about) + about).rstrip(b"=").decode()

    def read(self, token: str) -> Callback:
        """Whom a call-back is for.

        Raises:
            CallbackNotFound: when we did not make this address.
        """
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            mac, about = raw[:_MAC], raw[_MAC:]
            if len(raw) > _HEAD and hmac.compare_digest(mac, self._mac(about)):
                return Callback(UUID(bytes=about[:16]), about[20:].decode(), int.from_bytes(about[16:20], "big"))
        except ValueError:
            pass
        raise CallbackNotFound

    def _mac(self, about: bytes) -> bytes:
        return hmac.digest(self._key, about, "sha256")[:_MAC]
