"""Opening the store that the settings name: its shelf by its URL, its keys, its codec."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from docchain.platform.settings import StorageSettings
from docchain.platform.storage.keyring import Keyring
from docchain.platform.storage.masters import MasterKeys
from docchain.platform.storage.store import BlobStore


def open_store(storage: StorageSettings, url: str) -> BlobStore:
    """Open a store; an empty URL is the folder in the data folder."""
    store = _opened(storage, url)
    store.keyring = Keyring(store.shelf, MasterKeys(storage))
    store.encrypts = storage.encryption != "none"
    store.codec = storage.compression
    return store


def shown(url: str, folder: Path) -> str:
    """A store's address without options, which may hold credentials."""
    parts = urlsplit(url)
    return parts._replace(query="", netloc=parts.netloc.rpartition("@")[2]).geturl() if url else folder.as_uri()


def _opened(storage: StorageSettings, url: str) -> BlobStore:
    chosen: dict[str, Any] = {"threads": storage.storage_threads}
    scheme = urlsplit(url).scheme
    if scheme in ("", "file"):
        from docchain.platform.local_blobs import LocalBlobs  # noqa: PLC0415 - only who uses it pays for its import

        folder = Path(unquote(urlsplit(url).path)) if url else storage.blob_dir
        return LocalBlobs(folder, **chosen)
    from docchain.platform.object_blobs import ObjectBlobs, store_at  # noqa: PLC0415 - the same

    return ObjectBlobs(store_at(url), **chosen)
