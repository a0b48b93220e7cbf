"""SQLite leaves what was deleted in its files until the place is used again; here it does not."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep
from typing import Final

import structlog

from docchain.platform.work import Work

_TRIES: Final = 5
_PATIENCE: Final = 1.0
log = structlog.get_logger(__name__)


@contextmanager
def wiping(work: Work) -> Iterator[None]:
    """Overwrite what is deleted or changed within the block, and empty the write-ahead log after the commit."""
    connection = work.session.connection()
    file = connection.engine.url.database
    if connection.dialect.name != "sqlite" or not file:
        yield
        return
    connection.exec_driver_sql("PRAGMA secure_delete=ON").all()
    try:
        yield
        work.session.flush()
    finally:
        connection.exec_driver_sql("PRAGMA secure_delete=OFF").all()
    work.after_commit(lambda: _later(Path(file)))


def _later(file: Path) -> None:
    asyncio.get_running_loop().run_in_executor(None, empty_log, file)


def empty_log(file: Path) -> bool:
    """Copy the write-ahead log into the database and cut it off; who reads an old state hinders that for a while."""
    name = f"{file.resolve().as_uri()}?mode=rw"
    for _ in range(_TRIES):
        try:
            with closing(sqlite3.connect(name, uri=True, timeout=_PATIENCE)) as database:
                hindered, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:  # it is gone, or somebody writes for long
            hindered = True
        if not hindered:
            return True
        sleep(_PATIENCE)
    log.warning("log_not_emptied", file=str(file), hint="It is with the next erasure, or when the server ends.")
    return False
