"""Values that lists show only while they are small: longer ones do not leave the database."""

from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, Text, and_, case, cast, func
from sqlalchemy.orm import InstrumentedAttribute, Session

LISTED_BYTES: Final = 4_096


def if_small(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column's JSON, or NULL where it is long."""
    if session.get_bind().dialect.name == "postgresql":  # which does not unpack what is long even packed
        length = func.octet_length(cast(column, Text))
        is_small = and_(func.pg_column_size(column) <= LISTED_BYTES, length <= LISTED_BYTES)
    else:
        is_small = func.length(cast(column, LargeBinary)) <= LISTED_BYTES
    return case((is_small, column)).label(column.key)
