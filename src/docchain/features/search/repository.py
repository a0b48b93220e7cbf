"""Statements on saved searches, rebuilds, and on the event log as the indexer follows it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from docchain.features.search.tables import SavedSearchRow, SearchRebuildRow
from docchain.platform.cursors import peek_position
from docchain.platform.events import EventRow
from docchain.platform.ids import parse_reference
from docchain.platform.pagination import COUNTED, Order, PageRequest, count, take
from docchain.platform.work import Work

CURSOR: Final = "search"
"""The name of the indexer's cursor in the event log."""
ORDERED: Final = "ordered"
RUNNING: Final = "running"
DONE: Final = "done"
FAILED: Final = "failed"
OPEN: Final = (ORDERED, RUNNING)


class SavedSearches:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: SavedSearchRow) -> None:
        self._session.add(row)

    def remove(self, row: SavedSearchRow) -> None:
        self._session.delete(row)

    def find(self, reference: str, owner: str, *, to_change: bool = False) -> SavedSearchRow | None:
        """One's own, or one that is shared."""
        key = parse_reference(reference, "search")
        if key is None:
            return None
        column = SavedSearchRow.id if isinstance(key, UUID) else SavedSearchRow.number
        wanted = select(SavedSearchRow).where(column == key, _visible(owner))
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def page(self, owner: str, request: PageRequest) -> tuple[list[SavedSearchRow], str | None, int | None]:
        statement = select(SavedSearchRow).where(_visible(owner))
        order = Order(SavedSearchRow.created_at, SavedSearchRow.id)
        rows, cursor = take(self._session, statement, order, request)
        return rows, cursor, count(self._session, statement) if request.total else None


def _visible(owner: str) -> ColumnElement[bool]:
    return or_(SavedSearchRow.owner == owner, SavedSearchRow.shared)


class Rebuilds:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: SearchRebuildRow) -> None:
        self._session.add(row)

    def open(self) -> list[SearchRebuildRow]:
        """Those that were not finished, oldest first; of this workspace, or of all of them for the system."""
        wanted = select(SearchRebuildRow).where(SearchRebuildRow.status.in_(OPEN))
        return list(self._session.scalars(wanted.order_by(SearchRebuildRow.ordered_at, SearchRebuildRow.id)))

    def get(self, id_: UUID) -> SearchRebuildRow | None:
        return self._session.scalar(select(SearchRebuildRow).where(SearchRebuildRow.id == id_))

    def last(self) -> SearchRebuildRow | None:
        newest = select(SearchRebuildRow).order_by(SearchRebuildRow.ordered_at.desc(), SearchRebuildRow.id.desc())
        return self._session.scalar(newest.limit(1))


def last_positions(session: Session) -> dict[UUID, int]:
    """Where each workspace's part of the event log ends."""
    ends = (
        select(EventRow.workspace_id, func.max(EventRow.position))
        .where(EventRow.workspace_id.is_not(None))
        .group_by(EventRow.workspace_id)
    )
    return {workspace_id: position for workspace_id, position in session.execute(ends) if workspace_id is not None}


def events_behind(work: Work, position: int) -> int:
    """How many events about what can be found an index has not seen, if the cursor has not passed them either."""
    seen = max(position, peek_position(work, CURSOR))
    behind = select(EventRow.position).where(EventRow.position > seen).limit(COUNTED)
    return work.session.scalar(select(func.count()).select_from(behind.subquery())) or 0


def happened_between(session: Session, workspace_id: UUID, after: int, until: int) -> list[tuple[int, str]]:
    """Positions and types of a workspace's events."""
    wanted = select(EventRow.position, EventRow.type).where(
        EventRow.workspace_id == workspace_id, EventRow.position > after, EventRow.position <= until
    )
    return [(position, type_) for position, type_ in session.execute(wanted)]


def subjects_between(session: Session, workspace_id: UUID, after: int, until: int) -> Sequence[tuple[str, UUID]]:
    """What a workspace's events were about, each once."""
    wanted = (
        select(EventRow.subject_kind, EventRow.subject_id)
        .where(EventRow.workspace_id == workspace_id, EventRow.position > after, EventRow.position <= until)
        .distinct()
    )
    return [(kind, id_) for kind, id_ in session.execute(wanted) if id_ is not None]
