"""Engines: how a database URL becomes connections with the durability and isolation the product needs."""

import sqlite3
from pathlib import Path
from typing import Any, Final, Literal, cast

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, OperationalError

from docchain.platform import letters

FAULTS: Final = frozenset({OperationalError, DatabaseError, sqlite3.OperationalError, sqlite3.DatabaseError})
"""Exactly these types say that a database cannot be opened, read or written; `orig`, if there, says why."""

Mode = Literal["write", "read", "migrate"]

_PRAGMAS: dict[Mode, tuple[str, ...]] = {
    "write": ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"),
    "read": ("journal_mode=WAL", "query_only=ON", "busy_timeout=10000"),
    # Rebuilding a table for a migration must not cascade into its children.
    "migrate": ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF", "busy_timeout=10000"),
}


class Shared(sqlite3.Connection):
    """A connection whose transactions become durable together: each is a savepoint behind the first, until `sync`."""

    _inner = False

    def begin(self) -> None:
        self._inner = self.in_transaction
        self.execute("SAVEPOINT one" if self._inner else "BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Keep what the transaction did with what came before it; nothing is durable yet."""
        if self._inner:
            self.execute("RELEASE one")

    def rollback(self) -> None:
        """Take back what the transaction did; if the database gave up in between, that was all of them."""
        if self._inner and self.in_transaction:
            self.execute("ROLLBACK TO one")
            self.execute("RELEASE one")
        elif self.in_transaction:
            super().rollback()

    def sync(self) -> None:
        """Commit them all; an exception says that none of them is kept."""
        try:
            super().commit()
        except BaseException:
            super().rollback()
            raise


def shared_of(connection: Connection) -> Shared:
    shared = connection.connection.dbapi_connection
    assert isinstance(shared, Shared)  # noqa: S101 - the engine that writes opens only these
    return shared


def dump_json(value: Any) -> str:
    return to_json(value).decode()


def parse_url(text: str) -> URL:
    """Read a database URL; the driver is ours to choose."""
    url = make_url(text)
    backend = url.get_backend_name()
    if backend == "sqlite":
        return url.set(drivername="sqlite")
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+asyncpg")
    raise ValueError(f"{backend} is not supported; use sqlite:///path/to/app.db or postgresql://user@host/name.")


def sqlite_engine(url: URL, mode: Mode, connections: int = 1) -> Engine:
    """Open a SQLite file. Writers begin with the write lock in hand; nothing waits half way."""
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    own: dict[str, Any] = {"factory": Shared} if mode == "write" else {}
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        connect_args={"check_same_thread": False, "isolation_level": None, "cached_statements": 512, **own},
        json_serializer=dump_json,
        json_deserializer=from_json,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.create_function(letters.ON_SQLITE, 1, letters.lower, deterministic=True)
        for pragma in _PRAGMAS[mode]:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if mode == "write":
            shared_of(connection).begin()
        else:
            driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
            driver.execute("BEGIN" if mode == "read" else "BEGIN IMMEDIATE")

    return engine
