"""Many rows in one statement, straight to the driver; each row names every column it fills, its workspace too.

The readers of the journal write tens of thousands of rows a second, so values are encoded column by column here: the
generic way costs several times as much. A moment may be given in microseconds since the epoch, as facts carry it, and
JSON that is encoded already as `msgspec.Raw`.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import chain
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

import msgspec
from pydantic_core import to_jsonable_python
from sqlalchemy import JSON, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from docchain.platform.columns import Id, Moment
from docchain.platform.postgres_copy import copy_rows
from docchain.platform.scope import CrossesWorkspacesError, check_may_add
from docchain.platform.tables import WORKSPACE, Table

_CHUNKS: Final = (500, 100, 10, 1)
"""Rows a statement: each statement hands the interpreter over to other threads and back, so many rows share one."""
_MOST_VALUES: Final = 20_000
"""A statement; drivers and databases take 32,766 at least."""
_COPIED: Final = 20
"""From so many rows on PostgreSQL is given them by COPY: half the work for both sides, and two round trips."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = 1_000_000

Encoder = Callable[[Iterable[Any]], Iterable[Any]]
"""Of one column's values."""
encode_json: Final = msgspec.json.Encoder(enc_hook=to_jsonable_python).encode


def insert_many(session: Session, table: type[Table], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same keys."""
    _refuse_others(session, rows)
    check_may_add(session, table)
    connection = session.connection()
    names = tuple(rows[0])
    encoded = _encoded(table, names, rows, connection)
    if connection.dialect.name == "postgresql" and len(rows) >= _COPIED:
        copy_rows(connection, table.__tablename__, names, encoded)
        return
    place = 0
    for count in (count for count in _CHUNKS if count * len(names) <= _MOST_VALUES):
        while len(encoded) - place >= count:
            values = tuple(chain.from_iterable(encoded[place : place + count]))
            execute_plain(connection, _insert(table.__tablename__, names, count, connection.dialect.name), values)
            place += count


def insert_new(session: Session, table: type[Table], row: dict[str, Any]) -> bool:
    """Insert a row, unless one like it must be unique and is there already; tell whether it is new."""
    _refuse_others(session, [row])
    connection, names = session.connection(), tuple(row)
    values = _encoded(table, names, [row], connection)[0]
    statement = _insert(table.__tablename__, names, 1, connection.dialect.name)
    return bool(execute_plain(connection, f"{statement} ON CONFLICT DO NOTHING", values).rowcount == 1)


def update_many(session: Session, table: type[Table], rows: Sequence[dict[str, Any]]) -> None:
    """Update rows that all have the same keys, each found by its `id` within its workspace."""
    _refuse_others(session, rows)
    connection = session.connection()
    names = (*(name for name in rows[0] if name not in _KEY), *_KEY)
    encoded = _encoded(table, names, rows, connection)
    connection.exec_driver_sql(_update(table.__tablename__, names, connection.dialect.name), encoded)


def execute_plain(connection: Connection, statement: str, values: tuple[Any, ...]) -> Any:
    """The cursor of one statement in the dialect's own words. On SQLite no more than the driver has a part in it."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        try:
            return driver.execute(statement, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(statement, None, error, sqlite3.Error, dialect=connection.dialect) from error
    return connection.exec_driver_sql(statement, values)


_KEY: Final = ("id", WORKSPACE)


def _refuse_others(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    workspace = session.info.get(WORKSPACE)
    if workspace is not None and any(row[WORKSPACE] != workspace for row in rows):
        raise CrossesWorkspacesError("A row was written for another workspace.")


@lru_cache(256)
def _insert(table: str, names: tuple[str, ...], rows: int, dialect: str) -> str:
    marks = _marks(dialect, rows * len(names))
    width = len(names)
    values = ", ".join(f"({', '.join(marks[start : start + width])})" for start in range(0, len(marks), width))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {values}"  # noqa: S608 - names of our own columns


@lru_cache(256)
def _update(table: str, names: tuple[str, ...], dialect: str) -> str:
    *changes, key, workspace = (
        f"{name} = {mark}" for name, mark in zip(names, _marks(dialect, len(names)), strict=True)
    )
    return f"UPDATE {table} SET {', '.join(changes)} WHERE {key} AND {workspace}"  # noqa: S608 - the same


def _marks(dialect: str, count: int) -> list[str]:
    return ["?"] * count if dialect == "sqlite" else [f"${number}" for number in range(1, count + 1)]


def _encoded(
    table: type[Table], names: Sequence[str], rows: Sequence[dict[str, Any]], connection: Connection
) -> list[tuple[Any, ...]]:
    columns: list[Iterable[Any]] = []
    encoders = _encoders(table, tuple(names), connection.dialect.name)
    if len(rows) == 1:
        given = itemgetter(*names)(rows[0])
        return [
            tuple(
                value if encode is None or value is None else next(iter(encode((value,))))
                for encode, value in zip(encoders, given, strict=True)
            )
        ]
    for encode, values in zip(encoders, zip(*map(itemgetter(*names), rows), strict=True), strict=True):
        is_empty = values[0] is None and values.count(None) == len(values)
        columns.append(values if encode is None or is_empty else encode(values))
    return list(zip(*columns, strict=True))


@lru_cache(256)
def _encoders(table: type[Table], names: tuple[str, ...], dialect: str) -> tuple[Encoder | None, ...]:
    return tuple(_encoder(table, name, dialect) for name in names)


def _encoder(table: type[Table], name: str, dialect: str) -> Encoder | None:
    type_ = table.__table__.c[name].type
    if isinstance(type_, JSON):
        return _jsons
    if isinstance(type_, Moment):
        return partial(map, _text_moment if dialect == "sqlite" else _moment)
    return _ids if isinstance(type_, Id) and dialect == "sqlite" else None


def _ids(values: Iterable[UUID | None]) -> list[bytes | None]:
    return [None if value is None else value.int.to_bytes(16, "big") for value in values]


def _jsons(values: Iterable[Any]) -> list[str | None]:
    return [None if value is None else encode_json(value).decode() for value in values]


@lru_cache(4_096)  # most moments of a batch are told in several columns
def _moment(value: datetime | int | None) -> datetime | None:
    return _EPOCH + timedelta(microseconds=value) if isinstance(value, int) else value


@lru_cache(4_096)
def _text_moment(value: datetime | int | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, int):
        seconds, micros = divmod(value, _SECOND)
        return f"{_second(seconds)}.{micros:06d}"
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


@lru_cache(1_024)
def _second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat(" ")[:19]
