"""Blobs in an object store; what a URL does not say, the provider's own variables do, such as `AWS_ACCESS_KEY_ID`."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from obstore.store import ObjectStore, from_url

from docchain.platform.settings import SettingsError
from docchain.platform.storage.keyring import Keyring
from docchain.platform.storage.object_shelf import ObjectShelf
from docchain.platform.storage.store import BlobStore

_ENDPOINT: Final = {"gs": "base_url"}
"""What a provider calls the address of its server, if not `endpoint`."""


class ObjectBlobs(BlobStore):
    """Stores blobs in an object store of any provider that obstore speaks to."""

    def __init__(self, store: ObjectStore, keyring: Keyring | None = None, **chosen: Any) -> None:
        super().__init__(ObjectShelf(store), keyring, **chosen)

    @classmethod
    def from_url(cls, url: str) -> "ObjectBlobs":
        return cls(store_at(url))


def store_at(url: str) -> ObjectStore:
    """Open `s3://bucket/prefix?endpoint=http://minio:9000&region=…`; what follows the `?` are options of the provider.

    Raises:
        SettingsError: when it cannot be understood.
    """
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    endpoint = options.pop("endpoint", "")
    if endpoint:
        options[_ENDPOINT.get(parts.scheme, "endpoint")] = endpoint
    client = {"allow_http": endpoint.startswith("http://")}
    try:
        opening: Any = from_url  # its overloads are one for each provider
        store: ObjectStore = opening(parts._replace(query="").geturl(), config=options, client_options=client)
    except Exception as error:
        why = str(error).partition("\n")[0].removeprefix("Generic URL error: ").rstrip(".")
        raise SettingsError(
            f"The store {parts._replace(query='').geturl()} cannot be used: {why}. Write DOCCHAIN_BLOB_URL or --to "
            "such as s3://bucket/prefix?endpoint=http://minio:9000, gs://bucket/prefix or "
            "az://container/prefix?account_name=…."
        ) from error
    return store
