"""Blobs: immutable bytes named by their SHA-256 within a workspace; durable before their name is handed out."""

import re
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from docchain.platform.errors import NotFound, Refusal, TooLarge
from docchain.platform.settings import StorageSettings

if TYPE_CHECKING:
    from docchain.platform.storage.store import BlobStore

CHUNK = 256 * 1024
INCOMING = "incoming"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    sha256: str
    size: int


class BlobLost(Refusal):
    """Stored bytes that cannot be had now: missing, damaged, or under a key that is not there."""


class BlobMissing(NotFound, BlobLost):
    code = "blob_missing"
    title = "There are no such bytes"
    status = 410  # whoever asks has the right address


class BlobTooLarge(TooLarge):
    code = "blob_too_large"
    title = "The content is larger than allowed"


class Blobs(Protocol):
    """What every store offers. Names never cross workspaces: that would tell one tenant what another has."""

    async def put_stream(
        self, workspace_id: UUID, chunks: AsyncIterable[bytes], limit: int | None = None
    ) -> Stored: ...

    async def put(self, workspace_id: UUID, data: bytes) -> Stored: ...

    def open(self, workspace_id: UUID, sha256: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]: ...

    async def get(self, workspace_id: UUID, sha256: str) -> bytes: ...

    async def exists(self, workspace_id: UUID, sha256: str) -> bool: ...


def open_blobs(storage: StorageSettings, url: str | None = None) -> "BlobStore":
    """Open the store that the settings name, or another one at a URL under the same keys."""
    from docchain.platform.storage.opening import open_store  # noqa: PLC0415 - it stands on what is defined here

    return open_store(storage, storage.blob_url if url is None else url)


def name_of(workspace_id: UUID, sha256: str) -> str:
    """Return the path of a blob below the store's root."""
    if not _SHA256.fullmatch(sha256):
        raise BlobMissing("This is not the SHA-256 of any content.")
    return f"{workspace_id}/{sha256[:2]}/{sha256}"


def check_size(size: int, limit: int | None) -> None:
    if limit is not None and size > limit:
        raise BlobTooLarge(f"The content is larger than {limit} bytes.", hint="Send less, or raise the limit.")


async def one(data: bytes) -> AsyncIterator[bytes]:
    yield data
