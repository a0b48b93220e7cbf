"""Insert-or-update, which SQLAlchemy spells per dialect."""

from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from docchain.platform.tables import Table


def upsert(session: Session, table: type[Table]) -> "sqlite.Insert":
    """Return the dialect's `insert(table)` that offers `on_conflict_do_update` and `on_conflict_do_nothing`."""
    return insert_or_update(session.get_bind().dialect.name, table)


def insert_or_update(dialect: str, table: "type[Table] | SqlTable") -> "sqlite.Insert":
    """The same for a dialect by its name."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - many modules, and none needed on SQLite

        # Both constructs take the same arguments; one type keeps the callers simple.
        return postgresql.insert(table)  # type: ignore[return-value]
    return sqlite.insert(table)
