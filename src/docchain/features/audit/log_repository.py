"""Statements that list the log: each looks at a bounded range of one index, however long the log is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal_column, not_, or_, select
from sqlalchemy.orm import Session

from docchain.features.audit.domain import endings_of
from docchain.features.audit.repository import COLUMNS, of_chain
from docchain.features.audit.schemas import AuditFilter
from docchain.platform.events import OF_RUNS, EventRow

_RUNS: Final = "run."
_RUN: Final[ColumnElement[str]] = literal_column(f"'{OF_RUNS}'")
"""In the statement itself, or the partial index would not be seen."""
_SKEW: Final = timedelta(hours=1)
"""How far the moments of neighbouring entries may be apart: positions follow commits, moments do not quite."""


class LogRepository:
    def __init__(self, session: Session, chain: UUID, most: int) -> None:
        self._session = session
        self._chain = of_chain(chain)
        self._most = most

    def page(self, wanted: AuditFilter, before: int | None, limit: int) -> tuple[Sequence[Any], int | None]:
        """The newest entries before a position that match, and where to go on looking."""
        lane = self._lane(wanted)
        if before is not None:
            lane = [*lane, EventRow.position < before]
        floor = self._floor(lane)
        conditions = [*lane, *_conditions(wanted)]
        if floor is not None:
            conditions.append(EventRow.position > floor)
        found = select(*COLUMNS).where(*conditions).order_by(EventRow.position.desc()).limit(limit + 1)
        rows = self._session.execute(found).all()
        if len(rows) > limit:
            return rows[:limit], rows[limit - 1].position
        return rows, None if floor is None else floor + 1

    def count(self, wanted: AuditFilter, most: int) -> tuple[int, bool]:
        """How many match among those that are looked at; whether there may be more."""
        lane = self._lane(wanted)
        floor = self._floor(lane)
        conditions = [*lane, *_conditions(wanted)]
        if floor is not None:
            conditions.append(EventRow.position > floor)
        some = select(EventRow.position).where(*conditions).limit(most + 1).subquery()
        counted = self._session.scalar(select(func.count()).select_from(some)) or 0
        return min(counted, most), floor is not None or counted > most

    def _floor(self, lane: list[ColumnElement[bool]]) -> int | None:
        """Below which position this page does not look."""
        behind = select(EventRow.position).where(*lane).order_by(EventRow.position.desc())
        return self._session.scalar(behind.offset(self._most).limit(1))

    def _lane(self, wanted: AuditFilter) -> list[ColumnElement[bool]]:
        """The range of one index that is looked at: the narrowest that there is."""
        lane = [self._chain]
        if wanted.request_id is not None:
            lane += [EventRow.request_id == wanted.request_id, EventRow.request_id.is_not(None)]
        elif wanted.resource_id is not None:
            lane.append(EventRow.subject_id == wanted.resource_id)
        elif wanted.type is not None and not wanted.type.endswith("*") and not wanted.type.startswith(_RUNS):
            lane += [EventRow.type == wanted.type, EventRow.subject_kind != _RUN]
        elif wanted.actor is not None:
            lane.append(EventRow.actor == wanted.actor)
        if wanted.after is not None:
            lane.append(EventRow.position >= self._position_at(wanted.after - _SKEW))
        if wanted.before is not None:
            lane.append(EventRow.position < self._position_at(wanted.before + _SKEW))
        return lane

    def _position_at(self, at: datetime) -> int:
        """The first position from a moment on, halving the log: a few dozen looks at one index, for any length."""
        low, high = 1, (self._session.scalar(select(func.max(EventRow.position)).where(self._chain)) or 0) + 1
        while low < high:
            middle = (low + high) // 2
            next_ = select(EventRow.position, EventRow.at).where(self._chain, EventRow.position >= middle)
            row = self._session.execute(next_.order_by(EventRow.position).limit(1)).first()
            if row is None or row.at >= at:
                high = middle
            else:
                low = row.position + 1
        return low


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.type is not None:
        exact = not wanted.type.endswith("*")
        found.append(
            EventRow.type == wanted.type if exact else EventRow.type.startswith(wanted.type[:-1], autoescape=True)
        )
    for column, value in (
        (EventRow.actor, wanted.actor),
        (EventRow.subject_kind, wanted.resource_kind),
        (EventRow.subject_id, wanted.resource_id),
        (EventRow.request_id, wanted.request_id),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.after is not None:
        found.append(EventRow.at >= wanted.after)
    if wanted.before is not None:
        found.append(EventRow.at < wanted.before)
    if wanted.outcome is not None:
        found.append(_ends(wanted.outcome))
    if wanted.q is not None:
        found.append(_holds(wanted.q))
    return found


def _ends(outcome: str) -> ColumnElement[bool]:
    if endings := endings_of(outcome):
        return or_(*(EventRow.type.endswith(ending, autoescape=True) for ending in endings))
    return and_(*(not_(_ends(other)) for other in ("refused", "failed")))


def _holds(text: str) -> ColumnElement[bool]:
    places = (EventRow.type, EventRow.actor, cast(EventRow.data, Text), cast(EventRow.context, Text))
    return or_(*(func.coalesce(place, "").icontains(text, autoescape=True) for place in places))
