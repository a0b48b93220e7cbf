"""Statements that list the log: each looks at a bounded range of one index, however long the log is."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal, literal_column, not_, or_, select
from sqlalchemy.orm import Session

from docchain.features.audit.domain import endings_of
from docchain.features.audit.entry_repository import COLUMNS
from docchain.features.audit.repository import of_chain
from docchain.features.audit.schemas import AuditFilter
from docchain.platform.events import OF_RUNS, EventRow
from docchain.platform.personal import KINDS, SEALED

_RUNS: Final = "run."
_RUN: Final[ColumnElement[str]] = literal_column(f"'{OF_RUNS}'")
"""In the statement itself, or the partial index would not be seen."""
_NEAR: Final = 1_000
_ADDRESS: Final = re.compile(r"[0-9a-fA-F:.]+")
_FILTERS: Final = frozenset(AuditFilter.model_fields)
_SKEW: Final = timedelta(hours=1)
"""How far the moments of neighbouring entries may be apart: positions follow commits, moments do not quite."""


class LogRepository:
    def __init__(self, session: Session, chain: UUID, most: int) -> None:
        self._session = session
        self._chain = of_chain(chain)
        self._most = most

    def page(self, wanted: AuditFilter, before: int | None, limit: int) -> tuple[Sequence[Any], int | None]:
        """The newest entries before a position that match, and where to go on looking."""
        conditions, floor = self._bounded(wanted, before)
        found = select(*COLUMNS).where(*conditions).order_by(EventRow.position.desc()).limit(limit + 1)
        rows = self._session.execute(found).all()
        if len(rows) > limit:
            return rows[:limit], rows[limit - 1].position
        return rows, None if floor is None else floor + 1

    def candidates(self, wanted: AuditFilter, before: int | None) -> tuple[Sequence[Any], int | None]:
        """All entries that a page looks at and that may have the text, the newest first; and where to go on looking."""
        conditions, floor = self._bounded(wanted, before)
        found = select(*COLUMNS).where(*conditions).order_by(EventRow.position.desc())
        return self._session.execute(found).all(), None if floor is None else floor + 1

    def count(self, wanted: AuditFilter, most: int) -> tuple[int, bool]:
        """How many match among those that are looked at; whether there may be more."""
        conditions, floor = self._bounded(wanted, None)
        some = select(EventRow.position).where(*conditions).limit(most + 1).subquery()
        counted = self._session.scalar(select(func.count()).select_from(some)) or 0
        return min(counted, most), floor is not None or counted > most

    def _bounded(self, wanted: AuditFilter, before: int | None) -> tuple[list[ColumnElement[bool]], int | None]:
        """What to look for, and the position down to which: what one index answers by itself has no such bound."""
        lane, covered = _lane(wanted)
        lane = [self._chain, *lane, *self._times(wanted)]
        if before is not None:
            lane.append(EventRow.position < before)
        if wanted.model_fields_set & _FILTERS <= covered:
            return lane, None
        behind = select(EventRow.position).where(*lane).order_by(EventRow.position.desc())
        floor = self._session.scalar(behind.offset(self._most).limit(1))
        conditions = [*lane, *_conditions(wanted)]
        return conditions if floor is None else [*conditions, EventRow.position > floor], floor

    def _times(self, wanted: AuditFilter) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if wanted.after is not None:
            found.append(EventRow.position >= self._around(wanted.after - _SKEW)[0])
        if wanted.before is not None:
            found.append(EventRow.position < self._around(wanted.before + _SKEW)[1])
        return found

    def _around(self, at: datetime) -> tuple[int, int]:
        """Positions before and behind a moment: the log is halved until they are near, a dozen looks at one index."""
        low, high = 1, (self._session.scalar(select(func.max(EventRow.position)).where(self._chain)) or 0) + 1
        while high - low > _NEAR:
            middle = (low + high) // 2
            next_ = select(EventRow.position, EventRow.at).where(self._chain, EventRow.position >= middle)
            row = self._session.execute(next_.order_by(EventRow.position).limit(1)).first()
            if row is None or row.at >= at:
                high = middle
            else:
                low = row.position
        return low, high


def _lane(wanted: AuditFilter) -> tuple[list[ColumnElement[bool]], frozenset[str]]:
    """The narrowest range of an index, and the filters that it answers."""
    if wanted.request_id is not None:
        is_it = [EventRow.request_id == wanted.request_id, EventRow.request_id.is_not(None)]
        return is_it, frozenset({"request_id"})
    if wanted.resource_id is not None:
        return [EventRow.subject_id == wanted.resource_id], frozenset({"resource_id"})
    if wanted.type is not None and not wanted.type.endswith("*") and not wanted.type.startswith(_RUNS):
        return [EventRow.type == wanted.type, EventRow.subject_kind != _RUN], frozenset({"type"})
    if wanted.actor is not None:
        return [EventRow.actor == wanted.actor], frozenset({"actor"})
    return [], frozenset()


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
    """Or may have it: what is encrypted is found by whoever can read it. Addresses have no letters but a to f."""
    places = (EventRow.type, EventRow.actor, cast(EventRow.data, Text), cast(EventRow.context, Text))
    in_clear = (func.coalesce(place, "").icontains(text, autoescape=True) for place in places)
    is_address = _ADDRESS.fullmatch(text) is not None
    sealed = and_(
        or_(EventRow.subject_kind.in_(KINDS), literal(is_address)),
        or_(*(func.coalesce(place, "").contains(SEALED, autoescape=True) for place in places[2:])),
    )
    return or_(*in_clear, sealed)
