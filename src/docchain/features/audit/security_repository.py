"""Statements on the security events of the log: the families below, over a bounded range of one index."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from docchain.features.audit.entry_repository import COLUMNS
from docchain.features.audit.repository import of_chain
from docchain.platform.events import EventRow

FAMILIES: Final = (
    *("session.", "security.", "user.", "membership.", "invitation.", "role.", "grant.", "restriction."),
    *("api_key.", "key.", "secret.", "alert.", "threat."),
)


class SecurityRepository:
    """Looks at no more than `most` entries at a time."""

    def __init__(self, session: Session, chain: UUID, most: int) -> None:
        self._session = session
        self._chain = of_chain(chain)
        self._most = most

    def page(self, family: str | None, before: int | None, limit: int) -> tuple[Sequence[Any], int | None]:
        """The newest before a position, and where to go on looking."""
        lane = [self._chain, *([] if before is None else [EventRow.position < before])]
        floor = self._floor(lane)
        wanted = select(*COLUMNS).where(*lane, EventRow.position > floor, _of(family))
        rows = self._session.execute(wanted.order_by(EventRow.position.desc()).limit(limit + 1)).all()
        if len(rows) > limit:
            return rows[:limit], rows[limit - 1].position
        return rows, floor + 1 if floor else None

    def counts(self, since: datetime) -> Mapping[str, int]:
        """By type, how many there were since a moment; equal refusals are one entry that knows their number."""
        number = func.coalesce(EventRow.data["count"].as_integer(), 1)
        wanted = (
            select(EventRow.type, func.sum(number))
            .where(self._chain, EventRow.position > self._floor([self._chain]), EventRow.at >= since, _of(None))
            .group_by(EventRow.type)
        )
        return {type_: int(found) for type_, found in self._session.execute(wanted)}

    def _floor(self, lane: list[ColumnElement[bool]]) -> int:
        behind = select(EventRow.position).where(*lane).order_by(EventRow.position.desc())
        return self._session.scalar(behind.offset(self._most).limit(1)) or 0


def _of(family: str | None) -> ColumnElement[bool]:
    families = FAMILIES if family is None else (f"{family}.",)
    return or_(*(EventRow.type.startswith(name, autoescape=True) for name in families))
