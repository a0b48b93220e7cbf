"""Many rows in one statement, straight to the driver; each row names every column it fills, its workspace too."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Dialect, insert
from sqlalchemy.orm import Session

from docchain.platform.columns import Id, Moment
from docchain.platform.engines import dump_json
from docchain.platform.scope import CrossesWorkspacesError
from docchain.platform.tables import WORKSPACE, Table

_CHUNKS = (100, 10, 1)
"""Rows a statement: each statement hands the interpreter over to other threads and back, so many rows share one."""

Encoder = Callable[[Any], Any]


def insert_many(session: Session, table: type[Table], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same keys.

    On SQLite the values are encoded column by column here: the generic way costs four times as much, and the
    readers of the journal write tens of thousands of rows a second.
    """
    workspace = session.info.get(WORKSPACE)
    if workspace is not None and any(row[WORKSPACE] != workspace for row in rows):
        raise CrossesWorkspacesError("A row was inserted for another workspace.")
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(insert(table), list(rows))
        return
    names = tuple(rows[0])
    columns = [_encoded(table, name, rows, connection.dialect) for name in names]
    encoded = list(zip(*columns, strict=True))
    place = 0
    for count in _CHUNKS:
        while len(encoded) - place >= count:
            values = tuple(chain.from_iterable(encoded[place : place + count]))
            connection.exec_driver_sql(_insert(table.__tablename__, names, count), values)
            place += count


@lru_cache(256)
def _insert(table: str, names: tuple[str, ...], rows: int) -> str:
    row = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join([row] * rows)}"  # noqa: S608 - names of our own columns


def _encoded(table: type[Table], name: str, rows: Sequence[dict[str, Any]], dialect: Dialect) -> list[Any]:
    values = [row[name] for row in rows]
    encode = _encoder(table, name, dialect)
    return values if encode is None else [encode(value) for value in values]


@lru_cache(1_024)
def _encoder(table: type[Table], name: str, dialect: Dialect) -> Encoder | None:
    type_ = table.__table__.c[name].type
    if isinstance(type_, Id):
        return _id
    if isinstance(type_, Moment):
        return _moment
    if isinstance(type_, JSON):
        return _json
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _id(value: UUID | None) -> bytes | None:
    return None if value is None else value.int.to_bytes(16, "big")


def _json(value: Any) -> str | None:
    return None if value is None else dump_json(value)


def _moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:26]
