"""The run list at a million rows: a page is merged from lanes, each a range of an index with nothing to skip in it."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final, get_args
from uuid import UUID

from sqlalchemy import CTE, Row, Select, and_, false, func, literal_column, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, defer

from docchain.features.runs.schemas import RunFilter, RunStatus
from docchain.features.runs.tables import RunRow
from docchain.platform.ids import parse_reference
from docchain.platform.listed import if_small
from docchain.platform.pagination import Order, PageRequest, count_lanes, place_of, take, take_lanes
from docchain.platform.scope import ScopedSession

NORMAL: Final = "normal"
LONG: Final = (RunRow.inputs, RunRow.warnings, RunRow.waits)
"""What may be megabytes: a page holds the small ones only."""
_NEAR: Final = 1_000
_WITHOUT: Final = [defer(column, raiseload=True) for column in LONG]
Found = tuple[list[RunRow], str | None, int | None]


class RunListing:
    """Any filters, first page or last, cost about the same.

    Statuses and origins are few, so every combination of them is a lane that is looked into; what is rare has a
    partial index of its own and is read straight from it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, wanted: RunFilter, request: PageRequest, *, newest_first: bool) -> Found:
        order = Order(RunRow.number, RunRow.id, descending=newest_first)
        if wanted == RunFilter() and newest_first and not request.total and (page := self._newest(order, request)):
            return page
        lanes = self._lanes(wanted)
        if not lanes:
            return [], None, 0 if request.total else None
        rows, cursor = take_lanes(self._session, select(RunRow).options(*_WITHOUT), lanes, order, request)
        return rows, cursor, count_lanes(self._session, lanes) if request.total else None

    def short_values(self, rows: Sequence[RunRow]) -> dict[UUID, Row[Any]]:
        """Of each row of a page what is small of `LONG`, and None for the others."""
        short = select(RunRow.id, *(if_small(self._session, column) for column in LONG))
        numbers = [row.number for row in rows]  # SQLite reads all of the workspace when it is asked for ids
        found = self._session.execute(short.where(RunRow.number.in_(numbers)))
        return {row.id: row for row in found}

    @property
    def _workspace(self) -> UUID | None:
        return self._session.workspace_id if isinstance(self._session, ScopedSession) else None

    def _newest(self, order: Order, request: PageRequest) -> Found | None:
        """The page that is asked for most, unless it lies behind very many hidden runs."""
        start = place_of(order, request.cursor)[0] if request.cursor else self._last_number()
        near = select(RunRow).where(RunRow.listed.is_(True), RunRow.number > start - _NEAR)
        rows, cursor = take(self._session, near.options(*_WITHOUT), order, request)
        return (rows, cursor, None) if cursor else None

    def _last_number(self) -> int:
        return self._session.scalar(select(func.max(RunRow.number))) or 0

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
