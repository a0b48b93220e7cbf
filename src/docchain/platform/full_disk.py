"""A full disk, whoever found out: the system or SQLite. It is nobody's bug, and the operator can mend it."""

import errno
import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError

from docchain.platform.errors import Refusal

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_PRIMARY: Final = 0xFF  # SQLite's extended codes say more above this byte


class StorageFull(Refusal):
    code = "storage_full"
    title = "The disk is full"
    status = 507

    def __init__(self) -> None:
        super().__init__(
            "The disk is full; nothing of this was kept.",
            hint="Make room on the disk that holds DOCCHAIN_DATA_DIR, then repeat this; nothing needs a restart.",
        )


def is_disk_full(error: BaseException | None) -> bool:
    """Tell whether there was no room left to write."""
    match error:
        case DBAPIError():
            return is_disk_full(error.orig)
        case sqlite3.Error():
            return getattr(error, "sqlite_errorcode", 0) & _PRIMARY == sqlite3.SQLITE_FULL
        case OSError():
            return error.errno in _NO_ROOM
    return False
