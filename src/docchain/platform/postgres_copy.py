"""Many rows to PostgreSQL by COPY, within the open transaction; what fails is told as of any other statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def copy_rows(connection: Connection, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add encoded rows to a table: two round trips, however many they are."""
    adapted: Any = connection.connection.dbapi_connection
    if not adapted.driver_connection.is_in_transaction():  # SQLAlchemy begins one with its first statement
        connection.exec_driver_sql("SELECT 1")
    try:
        adapted.run_async(lambda driver: driver.copy_records_to_table(table, records=rows, columns=names))
    except Exception as error:
        raise _told(error, f"COPY {table}", connection, adapted) from error


def _told(error: Exception, statement: str, connection: Connection, adapted: Any) -> BaseException:
    """The error that SQLAlchemy makes of it when a statement meets it."""
    dialect: Any = connection.dialect
    try:
        adapted._handle_exception(error)  # noqa: SLF001 - as the adapter's own cursors do
    except dialect.dbapi.Error as known:
        lost = dialect.is_disconnect(known, adapted, None)
        told: BaseException = DBAPIError.instance(
            statement, None, known, dialect.dbapi.Error, connection_invalidated=lost, dialect=dialect
        )
        return told
    except Exception:  # noqa: BLE001 - none of the database's: it stays what it is
        return error
    return error
