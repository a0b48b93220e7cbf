"""What the search index wants to know of runs, in bulk."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from docchain.features.runs.tables import RunRow
from docchain.platform.work import Work


@dataclass(frozen=True, slots=True)
class SearchableRun:
    id: UUID
    number: int
    label: str
    workflow_number: int | None
    status: str
    origin: str
    mode: str
    actor: str
    inputs: dict[str, Any]
    failure: str
    message: str
    failed_step: str
    created_at: datetime
    ended_at: datetime | None


def searchable_runs(work: Work, ids: Collection[UUID]) -> list[SearchableRun]:
    """Those of these runs that lists show."""
    columns = (getattr(RunRow, name) for name in SearchableRun.__dataclass_fields__)
    rows = work.session.execute(select(*columns).where(RunRow.id.in_(ids), RunRow.listed))
    return [SearchableRun(*row) for row in rows]


def searchable_run_ids(work: Work, after: UUID | None, limit: int) -> list[UUID]:
    """A page of the runs that lists show, by id."""
    wanted = select(RunRow.id).where(RunRow.listed)
    if after is not None:
        wanted = wanted.where(RunRow.id > after)
    return list(work.session.scalars(wanted.order_by(RunRow.id).limit(limit)))
