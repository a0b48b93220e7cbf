"""The run list at a million rows: a page is merged from lanes, each a range of an index with nothing to skip in it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, Final, get_args
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from docchain.features.runs.schemas import RunFilter, RunStatus
from docchain.features.runs.tables import RunRow
from docchain.platform.ids import parse_reference
from docchain.platform.listed import small
from docchain.platform.pagination import Order, PageRequest, count_lanes, encode, first_of, place_of
from docchain.platform.scope import ScopedSession

NORMAL: Final = "normal"
LONG: Final = frozenset({"inputs", "warnings", "waits"})
"""What may be megabytes: a page holds the small ones only."""
_UNSEEN: Final = frozenset({"workspace_id", "workflow_id", "listed"})
_NEAR: Final = 1_000
_MOST: Final = bindparam("most", type_=Integer)
Found = tuple[Sequence[Row[Any]], str | None, int | None]


class RunListing:
    """Any filters, first page or last, cost about the same.

    Statuses and origins are few, so every combination of them is a lane that is looked into; what is rare has a
    partial index of its own and is read straight from it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect = session.get_bind().dialect.name

    def page(self, wanted: RunFilter, request: PageRequest, *, newest_first: bool) -> Found:
        order = Order(RunRow.number, RunRow.id, descending=newest_first)
        start = place_of(order, request.cursor)[0] if request.cursor else None
        if wanted == RunFilter() and newest_first and not request.total:
            rows = self._newest(start, request.limit)
            if len(rows) > request.limit:
                return *_cut(rows, order, request.limit), None
        lanes = self._lanes(wanted)
        if not lanes:
            return [], None, 0 if request.total else None
        rows = self._first_of(lanes, order, start, request.limit)
        return *_cut(rows, order, request.limit), count_lanes(self._session, lanes) if request.total else None

    @property
    def _workspace(self) -> UUID | None:
        return self._session.workspace_id if isinstance(self._session, ScopedSession) else None

    def _newest(self, start: int | None, limit: int) -> Sequence[Row[Any]]:
        """The page that is asked for most; it falls short if it lies behind very many hidden runs."""
        given = {"most": limit + 1} if start is None else {"most": limit + 1, "start": start}
        return self._session.execute(_newest(self._dialect, begins=start is None), given).all()

    def _first_of(self, lanes: Sequence[Select[Any]], order: Order, start: int | None, limit: int) -> list[Row[Any]]:
        if start is not None:
            bound = order.column < start if order.descending else order.column > start
            lanes = [lane.where(bound) for lane in lanes]
        numbers = self._session.scalars(first_of(lanes, order, limit + 1)).all()
        found = {row.number: row for row in self._session.execute(_numbered(self._dialect), {"numbers": numbers})}
        return [found[number] for number in numbers if number in found]

    def count(self, wanted: RunFilter, most: int) -> int:
        """How many match, counted up to `most`."""
        lanes = self._lanes(wanted)
        return count_lanes(self._session, lanes, most) if lanes else 0

    def is_of_some(self, workflow: str) -> bool:
        """Whether there is any run of this workflow."""
        here = [RunRow.workspace_id == self._workspace]
        number = self._workflow_number(workflow, here)
        found = select(RunRow.id).where(*here, RunRow.workflow_number == number).limit(1)
        return number is not None and self._session.scalar(found) is not None

    def _lanes(self, wanted: RunFilter) -> list[Select[Any]]:
        workspace = self._workspace
        if workspace is None or _is_rare(wanted):
            return [filtered(wanted).with_only_columns(RunRow.number)]
        here = [RunRow.workspace_id == workspace]
        if wanted.workflow is not None:
            number = self._workflow_number(wanted.workflow, here)
            if number is None:
                return []
            here.append(RunRow.workflow_number == number)
        return [
            lane
            for listed in _listed(wanted)
            for lane in self._of(wanted, [*here, RunRow.listed.is_(listed), *([] if listed else _hidden(wanted))])
        ]

    def _of(self, wanted: RunFilter, here: Sequence[Any]) -> Iterator[Select[Any]]:
        origins = [wanted.origin] if wanted.origin is not None else self._distinct(RunRow.origin, here)
        statuses = wanted.statuses or get_args(RunStatus)
        for origin, status in product(origins, dict.fromkeys(statuses)):
            yield select(RunRow.number).where(*here, RunRow.origin == origin, RunRow.status == status, *_rest(wanted))

    def _workflow_number(self, reference: str, here: Sequence[Any]) -> int | None:
        key = parse_reference(reference, "workflow", bare_number=True)
        if not isinstance(key, UUID):
            return key
        hops = _hops(RunRow.workflow_number, here)
        one = select(RunRow.workflow_id).where(*here, RunRow.workflow_number == hops.c.value).limit(1)
        one = one.order_by(RunRow.listed, RunRow.origin, RunRow.status, RunRow.number)  # as the index has them
        return self._session.scalar(select(hops.c.value).where(one.scalar_subquery() == key))

    def _distinct(self, column: InstrumentedAttribute[Any], here: Sequence[Any]) -> Sequence[Any]:
        hops = _hops(column, here)
        return self._session.scalars(select(hops.c.value).where(hops.c.value.is_not(None))).all()


@lru_cache
def _seen(dialect: str) -> Select[Any]:
    """What a list shows of runs, as plain columns: entities would cost more than all else about a page."""
    names = [column.key for column in RunRow.__table__.c if column.key not in _UNSEEN]
    columns = [getattr(RunRow, name) for name in names]
    return select(*(small(dialect, column) if column.key in LONG else column for column in columns))


@lru_cache
def _newest(dialect: str, *, begins: bool) -> Select[Any]:
    every, start = aliased(RunRow), bindparam("start", type_=BigInteger)
    last = select(func.max(every.number)).scalar_subquery() if begins else start
    near = _seen(dialect).where(RunRow.listed.is_(True), RunRow.number > last - _NEAR)
    return (near if begins else near.where(RunRow.number < start)).order_by(RunRow.number.desc()).limit(_MOST)


@lru_cache
def _numbered(dialect: str) -> Select[Any]:
    """Found by number: SQLite reads all of the workspace when it is asked for ids."""
    return _seen(dialect).where(RunRow.number.in_(bindparam("numbers", expanding=True)))


def _cut(rows: Sequence[Row[Any]], order: Order, limit: int) -> tuple[Sequence[Row[Any]], str | None]:
    """The page, of rows that are one more than it if more follow, and the cursor of the next."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], encode(order.name, rows[limit - 1].number, rows[limit - 1].id)


def _hops(column: InstrumentedAttribute[Any], here: Sequence[Any]) -> CTE:
    """The values of an indexed column, by hopping from one to the next."""
    first = select(func.min(column)).where(*here, column.is_not(None)).scalar_subquery()
    seen = select(first.label("value")).cte("seen", recursive=True)
    following = select(func.min(column)).where(*here, column > seen.c.value).scalar_subquery()
    return seen.union_all(select(following).where(seen.c.value.is_not(None)))


def filtered(wanted: RunFilter) -> Select[Any]:
    """All runs that match, in no order; for work on many of them, and for filters that leave few."""
    statement = select(RunRow).where(*_rest(wanted))
    hidden = and_(true(), *_hidden(wanted)) if len(_listed(wanted)) > 1 else false()
    statement = statement.where(or_(RunRow.listed.is_(True), hidden))
    if wanted.statuses:
        statement = statement.where(RunRow.status.in_(wanted.statuses))
    if wanted.workflow is not None:
        key = parse_reference(wanted.workflow, "workflow", bare_number=True)
        column = RunRow.workflow_id if isinstance(key, UUID) else RunRow.workflow_number
        statement = statement.where(false() if key is None else column == key)
    if wanted.origin is not None:
        statement = statement.where(RunRow.origin == wanted.origin)
    return statement


def _listed(wanted: RunFilter) -> tuple[bool, ...]:
    """Child runs and those of the system are hidden, unless they are asked for."""
    asked = wanted.children or wanted.system or wanted.parent or wanted.source
    return (True, False) if asked else (True,)


def _is_rare(wanted: RunFilter) -> bool:
    """Whether a partial index leads straight to what matches."""
    return bool(wanted.in_doubt or wanted.parent or wanted.source or wanted.mode not in {None, NORMAL})


def _rest(wanted: RunFilter) -> Iterator[Any]:
    """Conditions beside status, workflow and origin, as the partial indexes spell them."""
    if wanted.in_doubt is not None:
        yield RunRow.in_doubt.is_(wanted.in_doubt)
    if wanted.mode == NORMAL:
        yield RunRow.mode == NORMAL
    elif wanted.mode is not None:
        yield and_(RunRow.mode != literal_column(f"'{NORMAL}'"), RunRow.mode == wanted.mode)
    if wanted.parent is not None:
        yield RunRow.parent_id == _id_of(wanted.parent)
    if wanted.source is not None:
        yield RunRow.source_id == _id_of(wanted.source)


def _hidden(wanted: RunFilter) -> Iterator[Any]:
    """Which of the hidden runs are asked for: children, those of the system, or both."""
    if not (wanted.parent or wanted.source or (wanted.children and wanted.system)):
        yield RunRow.parent_id.is_not(None) if wanted.children else RunRow.parent_id.is_(None)


def _id_of(reference: str) -> Any:
    key = parse_reference(reference, "run")
    if isinstance(key, UUID):
        return key
    other = aliased(RunRow)
    return select(other.id).where(other.number == (key or 0)).scalar_subquery()
