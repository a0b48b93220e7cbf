"""Blobs in a folder."""

import time
from pathlib import Path
from typing import Any, Final

from docchain.platform.blobs import INCOMING
from docchain.platform.storage.keyring import Keyring
from docchain.platform.storage.local_shelf import LocalShelf, drop_older
from docchain.platform.storage.store import BlobStore

_ABANDONED_AFTER: Final = 24 * 3600
_LEFT_AFTER: Final = 60
"""Seconds; nothing that another process drops at this moment is aside for so long."""


class LocalBlobs(BlobStore):
    """Stores blobs below a folder.

    Args:
        root: the folder; made when something is stored.
        keyring: as `BlobStore` says, and so do the others.
    """

    def __init__(self, root: Path, keyring: Keyring | None = None, **chosen: Any) -> None:
        shelf = LocalShelf(root)
        drop_older(root / INCOMING, time.time() - _ABANDONED_AFTER)
        shelf.put_back(time.time() - _LEFT_AFTER)
        super().__init__(shelf, keyring, **chosen)
