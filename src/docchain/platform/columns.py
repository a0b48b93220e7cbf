"""Column types that mean the same on SQLite and PostgreSQL: ids, times in UTC, JSON that keeps its order.

What is read goes through one function a value: a page of a list has hundreds of them.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, LargeBinary, Uuid
from sqlalchemy.types import TypeDecorator, TypeEngine

from docchain.platform.ids import uuid_of


class Id(TypeDecorator[UUID]):
    """A UUID; on SQLite its 16 bytes, so that time-ordered ids sort and cluster by time."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(LargeBinary(16) if dialect.name == "sqlite" else Uuid())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return value.bytes if value is not None and dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], UUID | None]:  # noqa: ARG002 - SQLAlchemy's
        return _read_id if dialect.name == "sqlite" else _own_id


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; a time without a zone is refused, because nobody knows what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; use the clock's now().")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None]:  # noqa: ARG002 - SQLAlchemy's
        return _read_moment if dialect.name == "sqlite" else _utc


def _read_id(value: bytes | None) -> UUID | None:
    return None if value is None else uuid_of(int.from_bytes(value))


def _own_id(value: Any) -> UUID | None:
    """The driver has a UUID class of its own; one class means one behaviour."""
    return None if value is None else uuid_of(value.int)


def _read_moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


# Text JSON, not JSONB: it keeps key order and accepts every character a document may hold.
Json = JSON(none_as_null=True)

# SQLite numbers rows by itself only in a column that is declared INTEGER.
Position = BigInteger().with_variant(Integer(), "sqlite")
