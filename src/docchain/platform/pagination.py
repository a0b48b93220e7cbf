"""Keyset pagination: a page starts behind the last row of the one before, so page 10,000 costs what page 1 costs."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from json import dumps, loads
from math import isfinite
from typing import Annotated, Any, Final, Generic, Self, TypeVar
from uuid import UUID

from pydantic import Field, model_validator
from sqlalchemy import Select, func, literal_column, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from docchain.platform.errors import FieldFault, Invalid
from docchain.platform.model import Model

T = TypeVar("T")
COUNTED: Final = 10_000
"""Rows that are counted at most: who waits for a list wants to know "many", not which of a million."""
LONGEST_CURSOR: Final = 4_000
Cursor = Annotated[str, Field(max_length=LONGEST_CURSOR, description="The `next_cursor` of the page before.")]
_NOT_OURS = "This cursor belongs to another list or another sort order."


class Page(Model, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(None, description="Pass it as `cursor` to get the next page; null on the last one.")
    total: int | None = Field(
        None, description=f"How many there are in all, counted up to {COUNTED:,}; only if asked for."
    )
    total_capped: bool = Field(default=False, description="There are more than `total`; show it as “10,000+”.")

    @model_validator(mode="after")
    def _cap(self) -> Self:
        if self.total is not None and self.total > COUNTED:
            self.total, self.total_capped = COUNTED, True
        return self


@dataclass(frozen=True, slots=True)
class PageRequest:
    limit: int = 50
    cursor: str | None = None
    total: bool = False


class BadCursor(Invalid):
    code = "bad_cursor"
    title = "The cursor is not valid"
    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(
            message, errors=[FieldFault("query.cursor", message, self.code)], hint="Start again without a cursor."
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


def first_of(lanes: Sequence[Select[Any]], order: Order, most: Any) -> Select[Any]:
    """Select the first keys of many index ranges together, each read from its end as far as the page can need.

    Args:
        lanes: selects of `order.column`, which is unique; no row is in two of them. Each should be a range of an index.
        order: in which they come.
        most: how many at most; a number or a parameter.
    """
    direction = order.column.desc() if order.descending else order.column.asc()
    merged = _union([lane.order_by(direction).limit(most) for lane in lanes])
    key = merged.c[order.column.key]
    return select(key).order_by(key.desc() if order.descending else key).limit(most)


def count(session: Session, statement: Select[Any]) -> int:
    """Count the rows that `statement` selects, but never more than one beyond `COUNTED`."""
    some: Select[Any] = statement.order_by(None).with_only_columns(
        literal_column("1").label("one"), maintain_column_froms=True
    )
    return session.scalar(select(func.count()).select_from(some.limit(COUNTED + 1).subquery())) or 0


def count_lanes(session: Session, lanes: Sequence[Select[Any]], most: int = COUNTED + 1) -> int:
    """Count the rows of all lanes, but never more than `most`."""
    ranges = [lane.order_by(*lane.selected_columns).limit(most) for lane in lanes]  # or PostgreSQL reads the table
    some = select(_union(ranges)).limit(most)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _union(lanes: Sequence[Select[Any]]) -> Any:
    """SQLite takes a limit in a part of a union only in parentheses of a subquery."""
    return union_all(*(select(lane.subquery()) for lane in lanes)).subquery()


def place_of(order: Order, cursor: str) -> tuple[Any, UUID]:
    """Where a page begins: the value and the id of the last row of the one before."""
    value, last_id = decode(order.name, cursor)
    if not isinstance(value, order.column.type.python_type):
        raise BadCursor(_NOT_OURS)
    return value, last_id


def _behind(order: Order, cursor: str) -> Any:
    value, last_id = place_of(order, cursor)
    row = tuple_(order.column, order.id)
    bound = tuple_(value, last_id, types=[order.column.type, order.id.type])
    return row < bound if order.descending else row > bound


def encode(order: str, value: Any, last_id: UUID) -> str:
    kind = next(name for name, (type_, _) in _KINDS.items() if isinstance(value, type_))
    text = dumps([order, kind, value if kind in "nfs" else str(value), str(last_id)], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(order: str, cursor: str) -> tuple[Any, UUID]:
    try:
        made_for, kind, value, last_id = loads(urlsafe_b64decode(cursor[:LONGEST_CURSOR] + "=" * (-len(cursor) % 4)))
        type_, read = _KINDS[kind]
        found = read(value), UUID(last_id)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise BadCursor("This is not a cursor that a list handed out.") from None
    if made_for != order or type(found[0]) is not type_:
        raise BadCursor(_NOT_OURS)
    return found


def _number(value: Any) -> int:
    if type(value) is not int or not -_MOST <= value < _MOST:
        raise ValueError
    return value


def _fraction(value: Any) -> float:
    if not isfinite(found := float(value)):
        raise ValueError
    return found


def _text(value: Any) -> str:
    """As a database takes it: no NUL, no half of a character."""
    if type(value) is not str or "\0" in value:
        raise ValueError
    value.encode()
    return value


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError
    return found.astimezone(UTC)


_MOST: Final = 2**63
_KINDS: dict[str, tuple[type, Callable[[Any], Any]]] = {
    "n": (int, _number),
    "f": (float, _fraction),
    "s": (str, _text),
    "t": (datetime, _moment),
    "u": (UUID, UUID),
}
