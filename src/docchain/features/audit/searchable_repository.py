"""Statements on the log as search sees it, each within one workspace."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select

from docchain.features.audit.entry_repository import COLUMNS
from docchain.platform.events import EventRow
from docchain.platform.work import Work


def entries_at(work: Work, positions: Collection[int]) -> Sequence[Any]:
    wanted = select(*COLUMNS).where(EventRow.workspace_id == work.workspace_id, EventRow.position.in_(positions))
    return work.session.execute(wanted.order_by(EventRow.position)).all()


def positions_there(work: Work, positions: Collection[int]) -> list[int]:
    wanted = select(EventRow.position).where(
        EventRow.workspace_id == work.workspace_id, EventRow.position.in_(positions)
    )
    return list(work.session.scalars(wanted))


def positions_behind(work: Work, position: int, limit: int, without: Collection[str]) -> list[int]:
    """A page of those that are not of these types, in the order of the log."""
    wanted = select(EventRow.position).where(
        EventRow.workspace_id == work.workspace_id, EventRow.position > position, EventRow.type.not_in(without)
    )
    return list(work.session.scalars(wanted.order_by(EventRow.position).limit(limit)))
