"""Keyset pagination: a page starts behind the last row of the one before, so page 10,000 costs what page 1 costs."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from json import dumps, loads
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from docchain.platform.errors import FieldFault, Invalid

T = TypeVar("T")
_NOT_OURS = "This cursor belongs to another list or another sort order."


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(None, description="Pass it as `cursor` to get the next page; null on the last one.")
    total: int | None = Field(None, description="How many there are in all; only if asked for.")


@dataclass(frozen=True, slots=True)
class PageRequest:
    limit: int = 50
    cursor: str | None = None
    total: bool = False


class BadCursor(Invalid):
    code = "bad_cursor"
    title = "The cursor is not valid"

    def __init__(self, message: str) -> None:
        super().__init__(
            message, errors=[FieldFault("cursor", message, self.code)], hint="Start again without a cursor."
        )


@dataclass(frozen=True)
class Order:
    """A total order of rows: by a column that is never null, then by id."""

    column: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[UUID]
    descending: bool = True

    @property
    def name(self) -> str:
        return f"{'-' if self.descending else ''}{self.column.key}"


def take(session: Session, statement: Select[Any], order: Order, request: PageRequest) -> tuple[list[Any], str | None]:
    """Return one page of the entities that `statement` selects, and the cursor of the next page."""
    if request.cursor:
        statement = statement.where(_behind(order, request.cursor))
    keys = (order.column, order.id)
    sorted_ = statement.order_by(*(key.desc() if order.descending else key.asc() for key in keys))
    rows = list(session.scalars(sorted_.limit(request.limit + 1)))
    if len(rows) <= request.limit:
        return rows, None
    last = rows[request.limit - 1]
    return rows[: request.limit], encode(order.name, getattr(last, order.column.key), getattr(last, order.id.key))


def count(session: Session, statement: Select[Any]) -> int:
    """Count all rows that `statement` selects; only on request, it reads them all."""
    return session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


def _behind(order: Order, cursor: str) -> Any:
    value, last_id = decode(order.name, cursor)
    if not isinstance(value, order.column.type.python_type):
        raise BadCursor(_NOT_OURS)
    row = tuple_(order.column, order.id)
    bound = tuple_(value, last_id, types=[order.column.type, order.id.type])
    return row < bound if order.descending else row > bound


def encode(order: str, value: Any, last_id: UUID) -> str:
    kind = next(name for name, (type_, _) in _KINDS.items() if isinstance(value, type_))
    text = dumps([order, kind, value if kind in "nfs" else str(value), str(last_id)], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(order: str, cursor: str) -> tuple[Any, UUID]:
    try:
        made_for, kind, value, last_id = loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        type_, read = _KINDS[kind]
        found = read(value), UUID(last_id)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadCursor("This is not a cursor that a list handed out.") from None
    if made_for != order or type(found[0]) is not type_:
        raise BadCursor(_NOT_OURS)
    return found


_KINDS: dict[str, tuple[type, Any]] = {
    "n": (int, int),
    "f": (float, float),
    "s": (str, str),
    "t": (datetime, datetime.fromisoformat),
    "u": (UUID, UUID),
}
