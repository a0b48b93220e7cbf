"""Links to one version for a while: signed, so that nothing is stored, and nothing but this version can be had."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from docchain.features.documents.storage.errors import LinkNotFound

PATH: Final = "/api/v3/files/"
_MAC: Final = 24
_LENGTH: Final = _MAC + 3 * 16 + 8


@dataclass(frozen=True, slots=True)
class Link:
    """What a link leads to, and until when."""

    id: UUID
    workspace_id: UUID
    version_id: UUID
    expires_at: datetime


class DocumentLinks:
    """Makes and reads links.

    Args:
        secret: the product's secret key; a key of its own is derived from it.
        server: where others find the server, such as `https://flows.example.com`.
        longest: how long a link may be good for.
    """

    def __init__(self, secret: str, server: str, longest: timedelta) -> None:
        self._begin = server + PATH
        self._key = hmac.digest(secret.encode(), b"docchain document link", "sha256")
        self.longest = longest

    def url(self, link: Link) -> str:
        expires = int(link.expires_at.timestamp()).to_bytes(8, "big")
        about = link.id.bytes + link.workspace_id.bytes + link.version_id.bytes + expires
        return self._begin + _written(self._mac(about) + about)

    def read(self, token: str, now: datetime) -> Link:
        """What a link leads to.

        Raises:
            LinkNotFound: when we did not make it, or its time is over.
        """
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise LinkNotFound from None
        mac, about = raw[:_MAC], raw[_MAC:]
        if len(raw) != _LENGTH or _written(raw) != token or not hmac.compare_digest(mac, self._mac(about)):
            raise LinkNotFound
        link_id, workspace_id, version_id = (UUID(bytes=about[at : at + 16]) for at in (0, 16, 32))
        link = Link(link_id, workspace_id, version_id, datetime.fromtimestamp(int.from_bytes(about[48:], "big"), UTC))
        if link.expires_at <= now:
            raise LinkNotFound
        return link

    def _mac(self, about: bytes) -> bytes:
        return hmac.digest(self._key, about, "sha256")[:_MAC]


def _written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
