"""The command lanes: one a workspace, found by hopping over the index; a flooded lane costs the others nothing."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CTE, Select, and_, column, func, select, values

from docchain.features.runs.tables import CommandRow
from docchain.platform.columns import Id, Position

_MOST: Final = 2_000
_LAST: Final = 2**62
_NOBODY: Final = UUID(int=0)


def next_of_every_lane(cursors: Mapping[UUID, int], each: int, without: AbstractSet[UUID]) -> Select[Any]:
    """The next commands behind each workspace's cursor, in the order of their positions."""
    lanes, read = _lanes(), _read(cursors)
    after = func.coalesce(read.c.position, 0)
    until = (
        select(CommandRow.position)
        .where(CommandRow.workspace_id == lanes.c.workspace_id, CommandRow.position > after)
        .order_by(CommandRow.position)
        .offset(each - 1)
        .limit(1)
        .correlate(lanes, read)
        .scalar_subquery()
    )
    bounds = (
        select(lanes.c.workspace_id, after.label("after"), func.coalesce(until, _LAST).label("until"))
        .select_from(lanes.outerjoin(read, read.c.workspace_id == lanes.c.workspace_id))
        .where(lanes.c.workspace_id.is_not(None), lanes.c.workspace_id.not_in(sorted(without)))
        .limit(_LAST)  # or SQLite would scan the commands first
        .cte("bounds")
    )
    here = and_(
        CommandRow.workspace_id == bounds.c.workspace_id,
        CommandRow.position > bounds.c.after,
        CommandRow.position <= bounds.c.until,
    )
    return select(CommandRow).join(bounds, here).order_by(CommandRow.position).limit(_MOST)


def _lanes() -> CTE:
    """Every workspace that has commands; one probe of the index each."""
    owner = CommandRow.workspace_id
    first = select(owner).order_by(owner).limit(1).scalar_subquery()
    lanes = select(first.label("workspace_id")).cte("lanes", recursive=True)
    following = select(owner).where(owner > lanes.c.workspace_id).order_by(owner).limit(1)
    return lanes.union_all(
        select(following.correlate(lanes).scalar_subquery()).where(lanes.c.workspace_id.is_not(None))
    )


def _read(cursors: Mapping[UUID, int]) -> CTE:
    columns = (column("workspace_id", Id), column("position", Position))
    return values(*columns, name="reading").data(list(cursors.items()) or [(_NOBODY, 0)]).cte("reading")
