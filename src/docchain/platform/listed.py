"""Values that lists show only while they are small: longer ones do not leave the database."""

from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, Text, and_, case, cast, func, not_
from sqlalchemy.orm import InstrumentedAttribute, Session

LISTED_BYTES: Final = 4_096


def if_small(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column's value, or NULL where it is long."""
    return small(session.get_bind().dialect.name, column)


def small(dialect: str, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The same for statements that are built once."""
    return case((_is_small(dialect, column), column)).label(column.key)


def is_long(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether the column's value is left out; one that is NULL anyway is not."""
    return not_(_is_small(session.get_bind().dialect.name, column)).label(f"{column.key}_is_long")


def _is_small(dialect: str, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    if dialect == "postgresql":  # which does not unpack what is long even packed
        length = func.octet_length(cast(column, Text))
        return and_(func.pg_column_size(column) <= LISTED_BYTES, length <= LISTED_BYTES)
    return func.length(cast(column, LargeBinary)) <= LISTED_BYTES
