"""The command lanes: one a workspace, found by hopping over the index; a flooded lane costs the others nothing."""

from collections.abc import Set as AbstractSet
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CTE,
    JSON,
    BigInteger,
    ColumnElement,
    Select,
    String,
    TextClause,
    and_,
    bindparam,
    cast,
    func,
    select,
    text,
)

from docchain.engine.doors import Cursors
from docchain.features.runs.tables import OF_ORDERS, OF_STARTS, CommandRow
from docchain.platform.engines import dump_json

_MOST: Final = 2_000
_LAST: Final = 2**62
_SKIPPED: Final = -1


def next_of_every_lane(
    cursors: Cursors, each: int, without: AbstractSet[UUID] = frozenset(), *, orders: bool, on_postgres: bool
) -> Select[Any]:
    """The next starts, or orders, behind each workspace's cursor, in the order of their positions."""
    ours = text(OF_ORDERS if orders else OF_STARTS)
    lanes, read = _lanes(ours), _read(cursors, without, on_postgres=on_postgres)
    after = func.coalesce(read.c.position, cursors.floor)
    until = (
        select(CommandRow.position)
        .where(ours, CommandRow.workspace_id == lanes.c.workspace_id, CommandRow.position > after)
        .order_by(CommandRow.position)
        .offset(each - 1)
        .limit(1)
        .correlate(lanes, read)
        .scalar_subquery()
    )
    bounds = (
        select(lanes.c.workspace_id, after.label("after"), func.coalesce(until, _LAST).label("until"))
        .select_from(lanes.outerjoin(read, read.c.lane == _lane(lanes.c.workspace_id, on_postgres=on_postgres)))
        .where(lanes.c.workspace_id.is_not(None), after != _SKIPPED)
        .limit(_LAST)  # or SQLite would scan the commands first
        .cte("bounds")
    )
    here = and_(
        ours,
        CommandRow.workspace_id == bounds.c.workspace_id,
        CommandRow.position > bounds.c.after,
        CommandRow.position <= bounds.c.until,
    )
    return select(CommandRow).join(bounds, here).order_by(CommandRow.position).limit(_MOST)


def _lanes(ours: TextClause) -> CTE:
    """Every workspace that has such commands; one probe of the index each."""
    owner = CommandRow.workspace_id
    first = select(owner).where(ours).order_by(owner).limit(1).scalar_subquery()
    lanes = select(first.label("workspace_id")).cte("lanes", recursive=True)
    following = select(owner).where(ours, owner > lanes.c.workspace_id).order_by(owner).limit(1)
    return lanes.union_all(
        select(following.correlate(lanes).scalar_subquery()).where(lanes.c.workspace_id.is_not(None))
    )


def _read(cursors: Cursors, without: AbstractSet[UUID], *, on_postgres: bool) -> CTE:
    """Cursors as one parameter, however many there are."""
    positions = {workspace.hex: position for workspace, position in cursors.positions.items()}
    positions |= dict.fromkeys((workspace.hex for workspace in without), _SKIPPED)
    given = bindparam("cursors", dump_json(positions), String)
    rows = func.json_each_text(cast(given, JSON)) if on_postgres else func.json_each(given)
    each = rows.table_valued("key", "value", name="given")
    return (
        select(each.c.key.label("lane"), cast(each.c.value, BigInteger).label("position")).limit(_LAST).cte("reading")
    )


def _lane(workspace: ColumnElement[UUID], *, on_postgres: bool) -> ColumnElement[str]:
    """A workspace as the parameter names it."""
    return func.replace(cast(workspace, String), "-", "") if on_postgres else func.lower(func.hex(workspace))
