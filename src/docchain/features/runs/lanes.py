"""The command lanes: one a workspace, found by hopping over the index; a flooded lane costs the others nothing."""

from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CTE,
    JSON,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    TextClause,
    and_,
    bindparam,
    cast,
    func,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased

from docchain.engine.doors import Cursors
from docchain.features.runs.tables import OF_ORDERS, OF_STARTS, CommandRow
from docchain.platform.engines import dump_json

_MOST: Final = 2_000
_LAST: Final = 2**62
_SKIPPED: Final = -1
_FLOOR: Final = bindparam("floor", type_=BigInteger)
_EACH: Final = bindparam("each", type_=Integer)


def reading(cursors: Cursors, each: int, without: AbstractSet[UUID] = frozenset()) -> dict[str, Any]:
    """What the question is asked with; the cursors are one parameter, however many there are."""
    positions = {workspace.hex: position for workspace, position in cursors.positions.items()}
    positions |= dict.fromkeys((workspace.hex for workspace in without), _SKIPPED)
    return {"cursors": dump_json(positions), "floor": cursors.floor, "each": each}


@cache
def next_of_every_lane(*, orders: bool, on_postgres: bool) -> Select[Any]:
    """The next starts, or orders, behind each workspace's cursor, in the order of their positions."""
    ours = text(OF_ORDERS if orders else OF_STARTS)
    lanes, read = _lanes(ours), _read(on_postgres=on_postgres)
    after = func.coalesce(read.c.position, _FLOOR)
    bounds = (
        select(lanes.c.workspace_id, after.label("after"))
        .select_from(lanes.outerjoin(read, read.c.lane == _lane(lanes.c.workspace_id, on_postgres=on_postgres)))
        .where(lanes.c.workspace_id.is_not(None), after != _SKIPPED)
        .limit(_LAST)  # or SQLite would scan the commands first
    )
    return (_side_by_side if on_postgres else _up_to_the_last)(bounds, ours)


def _side_by_side(bounds: Select[Any], ours: TextClause) -> Select[Any]:
    """On PostgreSQL. Rows are compared because only the lanes' index is in their order."""
    lane, place = bounds.cte("bounds"), tuple_(CommandRow.workspace_id, CommandRow.position)
    some = (
        select(CommandRow)
        .where(ours, place > tuple_(lane.c.workspace_id, lane.c.after), place <= tuple_(lane.c.workspace_id, _LAST))
        .order_by(CommandRow.workspace_id, CommandRow.position)
        .limit(_EACH)
        .lateral("some")
    )
    found = aliased(CommandRow, some)
    return select(found).select_from(lane.join(some, true())).order_by(found.position).limit(_MOST)


def _up_to_the_last(bounds: Select[Any], ours: TextClause) -> Select[Any]:
    """On SQLite, which cannot join what depends on the row beside it."""
    owner, after = bounds.selected_columns
    last = (
        select(CommandRow.position)
        .where(ours, CommandRow.workspace_id == owner, CommandRow.position > after)
        .order_by(CommandRow.position)
        .offset(_EACH - 1)
        .limit(1)
        .correlate_except(CommandRow)
        .scalar_subquery()
    )
    lane = bounds.add_columns(func.coalesce(last, _LAST).label("until")).cte("bounds")
    here = and_(
        ours,
        CommandRow.workspace_id == lane.c.workspace_id,
        CommandRow.position > lane.c.after,
        CommandRow.position <= lane.c.until,
    )
    return select(CommandRow).join(lane, here).order_by(CommandRow.position).limit(_MOST)


def _lanes(ours: TextClause) -> CTE:
    """Every workspace that has such commands; one probe of the index each."""
    owner = CommandRow.workspace_id
    first = select(owner).where(ours).order_by(owner).limit(1).scalar_subquery()
    lanes = select(first.label("workspace_id")).cte("lanes", recursive=True)
    following = select(owner).where(ours, owner > lanes.c.workspace_id).order_by(owner).limit(1)
    return lanes.union_all(
        select(following.correlate(lanes).scalar_subquery()).where(lanes.c.workspace_id.is_not(None))
    )


def _read(*, on_postgres: bool) -> CTE:
    given = bindparam("cursors", type_=String)
    rows = func.json_each_text(cast(given, JSON)) if on_postgres else func.json_each(given)
    each = rows.table_valued("key", "value", name="given")
    return (
        select(each.c.key.label("lane"), cast(each.c.value, BigInteger).label("position")).limit(_LAST).cte("reading")
    )


def _lane(workspace: ColumnElement[UUID], *, on_postgres: bool) -> ColumnElement[str]:
    """A workspace as the parameter names it."""
    return func.replace(cast(workspace, String), "-", "") if on_postgres else func.lower(func.hex(workspace))
