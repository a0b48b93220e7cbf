"""An index of the few rows that a condition picks out; what PostgreSQL is told waits until there is a PostgreSQL."""

from sqlalchemy import Index, MetaData, text


class PartialIndex(Index):
    """Named with its condition, SQLAlchemy would load the dialect of PostgreSQL at once.

    Args:
        name: of the index.
        columns: what it holds of the rows.
        where: which rows.
        postgresql: the condition in the words of PostgreSQL, where these differ.
    """

    def __init__(self, name: str | None, *columns: str, where: str, postgresql: str = "") -> None:
        super().__init__(name, *columns, sqlite_where=text(where))
        self.where_on_postgres = postgresql or where


def tell_postgres(metadata: MetaData) -> None:
    """Give PostgreSQL the conditions of all tables known so far."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if isinstance(index, PartialIndex):
                index.dialect_options["postgresql"]["where"] = text(index.where_on_postgres)
