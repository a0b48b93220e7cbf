"""Keyset pagination: a page starts behind the last row of the one before, so page 10,000 costs what page 1 costs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Generic, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Select, func, literal_column, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from docchain.platform.model import Model
from docchain.platform.page_cursors import LONGEST_CURSOR, NOT_OURS, BadCursor, bound, decode, encode
from docchain.platform.tables import WORKSPACE

T = TypeVar("T")
COUNTED: Final = 10_000
"""Rows that are counted at most: who waits for a list wants to know "many", not which of a million."""
Cursor = Annotated[str, Field(max_length=LONGEST_CURSOR, description="The `next_cursor` of the page before.")]


class Page(Model, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(None, description="Pass it as `cursor` to get the next page; null on the last one.")
    total: int | None = Field(
        None, description=f"How many there are in all, counted up to {COUNTED:,}; only if asked for."
    )
    total_capped: bool = Field(default=False, description="There are, or may be, more than `total`; show “10,000+”.")

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
    of: str = ""
    """Tells the list from others in its order: its filters, and what it is a list of."""

    def within(self, subject: object) -> Self:
        """The same, of what belongs to this subject."""
        return replace(self, of=f"{self.of}\n{subject}")


class PageQuery(BaseModel):
    """How lists are asked for, besides what filters them."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=200)
    cursor: Cursor | None = None
    total: bool = Field(default=False, description=f"Count what matches, too, up to {COUNTED:,}.")

    def page(self) -> PageRequest:
        return PageRequest(self.limit, self.cursor, self.total, self.model_dump_json(exclude=_NO_FILTER))


_NO_FILTER: Final = set(PageQuery.model_fields)


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
    list_ = made_for(session, order, request)
    if request.cursor:
        statement = statement.where(_behind(order, list_, request.cursor))
    keys = (order.column, order.id)
    sorted_ = statement.order_by(*(key.desc() if order.descending else key.asc() for key in keys))
    rows = list(session.scalars(sorted_.limit(request.limit + 1)))
    if len(rows) <= request.limit:
        return rows, None
    last = rows[request.limit - 1]
    return rows[: request.limit], encode(list_, getattr(last, order.column.key), getattr(last, order.id.key))


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


def made_for(session: Session, order: Order, request: PageRequest) -> str:
    """Names the list that a page is of."""
    return bound(order.column.class_.__name__, order.name, session.info.get(WORKSPACE), request.of)


def place_of(order: Order, list_: str, cursor: str) -> tuple[Any, UUID]:
    """Where a page begins: the value and the id of the last row of the one before."""
    value, last_id = decode(list_, cursor)
    if not isinstance(value, order.column.type.python_type):
        raise BadCursor(NOT_OURS)
    return value, last_id


def _behind(order: Order, list_: str, cursor: str) -> Any:
    value, last_id = place_of(order, list_, cursor)
    row = tuple_(order.column, order.id)
    last = tuple_(value, last_id, types=[order.column.type, order.id.type])
    return row < last if order.descending else row > last
