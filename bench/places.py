"""Where a benchmark keeps its data: a folder, and on PostgreSQL an empty database of a server of our own."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from docchain.engine.journal import SqliteJournal
from docchain.engine.journal.port import Journal


@dataclass(frozen=True, slots=True)
class Place:
    """`url` is the application's database; the journal is a file beside it, or a schema in it."""

    folder: Path
    url: str

    @property
    def on_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def journal(self) -> Journal:
        if self.on_sqlite:
            return SqliteJournal(self.folder / "journal.db")
        from docchain.engine.journal.postgres import PostgresJournal  # noqa: PLC0415 - not needed on SQLite

        return PostgresJournal(self.url)


class Places:
    """Empty places on one of the databases."""

    def __init__(self, server: Any = None) -> None:
        self._server = server

    @property
    def database(self) -> str:
        return "PostgreSQL fsync=on" if self._server else "SQLite WAL synchronous=FULL"

    @contextmanager
    def empty(self) -> Iterator[Place]:
        with tempfile.TemporaryDirectory(prefix="docchain-bench-") as made:
            folder = Path(made)
            yield Place(folder, self._server.new_database() if self._server else f"sqlite:///{folder / 'app.db'}")


@contextmanager
def places_on(database: str) -> Iterator[Places]:
    if database == "sqlite":
        yield Places()
        return
    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    server = import_module("postgres_server").PostgresServer(durable=True)  # the tests' own
    try:
        server.start()
        yield Places(server)
    finally:
        server.remove()
