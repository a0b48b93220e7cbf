"""Insert-or-update, which SQLAlchemy spells per dialect."""

from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from docchain.platform.tables import Table


def upsert(session: Session, table: type[Table]) -> "sqlite.Insert":
    """Return the dialect's `insert(table)` that offers `on_conflict_do_update` and `on_conflict_do_nothing`."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - many modules, and none needed on SQLite

        # Both constructs take the same arguments; one type keeps the callers simple.
        return postgresql.insert(table)  # type: ignore[return-value]
    return sqlite.insert(table)
