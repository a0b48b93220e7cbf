"""The statements of the run list, each built once for its shape: to build them costs more than to run them."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any, Final, get_args
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
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
from sqlalchemy.orm import InstrumentedAttribute, aliased

from docchain.features.runs.schemas import RunFilter, RunStatus
from docchain.features.runs.tables import RunRow
from docchain.platform.columns import Id
from docchain.platform.ids import parse_reference
from docchain.platform.listed import small
from docchain.platform.pagination import Order, first_of
from docchain.platform.scope import KEPT

NORMAL: Final = "normal"
LONG: Final = frozenset({"inputs", "warnings", "waits"})
"""What may be megabytes: a page holds the small ones only."""
_UNSEEN: Final = frozenset({"workspace_id", "workflow_id", "listed"})
_NEAR: Final = 1_000
_MOST: Final = bindparam("most", type_=Integer)
_START: Final = bindparam("start", type_=BigInteger)
_HERE: Final = RunRow.workspace_id == bindparam("workspace", type_=Id())
_OF_WORKFLOW: Final = RunRow.workflow_number == bindparam("workflow", type_=BigInteger)


@lru_cache
def seen(dialect: str) -> Select[Any]:
    """What a list shows of runs, as plain columns: entities would cost more than all else about a page."""
    names = [column.key for column in RunRow.__table__.c if column.key not in _UNSEEN]
    columns = [getattr(RunRow, name) for name in names]
    return select(*(small(dialect, column) if column.key in LONG else column for column in columns))


@lru_cache
def newest_page(dialect: str, *, begins: bool) -> Select[Any]:
    last = select(func.max(aliased(RunRow).number)).scalar_subquery() if begins else _START
    near = seen(dialect).add_columns((last <= _NEAR).label("is_all"))
    near = near.where(RunRow.listed.is_(True), RunRow.number > last - _NEAR)
    near = (near if begins else near.where(RunRow.number < _START)).order_by(RunRow.number.desc()).limit(_MOST)
    return near.execution_options(**{KEPT: True})


@lru_cache
def by_numbers(dialect: str) -> Select[Any]:
    """Found by number: SQLite reads all of the workspace when it is asked for ids."""
    found = seen(dialect).where(RunRow.number.in_(bindparam("numbers", expanding=True)))
    return found.execution_options(**{KEPT: True})


@lru_cache(512)
def first_numbers(
    shape: RunFilter, lanes: tuple[tuple[bool, str], ...], *, descending: bool, begins: bool
) -> Select[Any]:
    """The first numbers of all lanes, behind `start` unless the list `begins`."""
    ranges = lanes_of(shape, lanes)
    if not begins:
        bound = RunRow.number < _START if descending else RunRow.number > _START
        ranges = [lane.where(bound) for lane in ranges]
    return first_of(ranges, Order(RunRow.number, RunRow.id, descending), _MOST).execution_options(**{KEPT: True})


def lanes_of(shape: RunFilter, lanes: tuple[tuple[bool, str], ...]) -> list[Select[Any]]:
    """A range of an index for every origin and status; workspace and workflow are parameters."""
    statuses = shape.statuses or get_args(RunStatus)
    return [
        select(RunRow.number).where(
            *_among(shape, listed=listed), RunRow.origin == origin, RunRow.status == status, *_rest(shape)
        )
        for (listed, origin), status in product(lanes, statuses)
    ]


@lru_cache(512)
def origins_here(shape: RunFilter, *, listed: bool) -> Select[Any]:
    """The origins that there are."""
    found = _hops(RunRow.origin, [*_among(shape, listed=listed)])
    return select(found.c.value).where(found.c.value.is_not(None)).execution_options(**{KEPT: True})


@lru_cache
def number_of_workflow() -> Select[Any]:
    """Of the workflow that has an `id`, if there are runs of it."""
    hops = _hops(RunRow.workflow_number, [_HERE])
    one = select(RunRow.workflow_id).where(_HERE, RunRow.workflow_number == hops.c.value).limit(1)
    one = one.order_by(RunRow.listed, RunRow.origin, RunRow.status, RunRow.number)  # as the index has them
    found = select(hops.c.value).where(one.scalar_subquery() == bindparam("id", type_=Id()))
    return found.execution_options(**{KEPT: True})


def _among(shape: RunFilter, *, listed: bool) -> Iterator[ColumnElement[bool]]:
    yield _HERE
    if shape.workflow is not None:
        yield _OF_WORKFLOW
    yield RunRow.listed.is_(listed)
    if not listed:
        yield from _hidden(shape)


def _hops(column: InstrumentedAttribute[Any], here: list[ColumnElement[bool]]) -> CTE:
    """The values of an indexed column, by hopping from one to the next."""
    first = select(func.min(column)).where(*here, column.is_not(None)).scalar_subquery()
    seen = select(first.label("value")).cte("seen", recursive=True)
    following = select(func.min(column)).where(*here, column > seen.c.value).scalar_subquery()
    return seen.union_all(select(following).where(seen.c.value.is_not(None)))


def filtered(wanted: RunFilter) -> Select[Any]:
    """All runs that match, in no order; for work on many of them, and for filters that leave few."""
    statement = select(RunRow).where(*_rest(wanted))
    hidden = and_(true(), *_hidden(wanted)) if len(shows(wanted)) > 1 else false()
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


def shows(wanted: RunFilter) -> tuple[bool, ...]:
    """Child runs and those of the system are hidden, unless they are asked for."""
    asked = wanted.children or wanted.system or wanted.parent or wanted.source
    return (True, False) if asked else (True,)


def is_rare(wanted: RunFilter) -> bool:
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
