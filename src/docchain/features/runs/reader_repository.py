"""What the journal's reader asks of the run list: plain values, for it reads many rows and keeps none."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from docchain.features.runs.tables import RunRow

_CHUNK: Final = 500
_BY_INDEX: Final = text(
    "SELECT set_config(name, 'off', true) FROM unnest(ARRAY['enable_seqscan', 'enable_bitmapscan']) AS name"
)
_COLUMNS: Final = (
    RunRow.id,
    RunRow.workspace_id,
    RunRow.label,
    RunRow.workflow_id,
    RunRow.actor,
    RunRow.number,
    RunRow.status,
    RunRow.waits,
    RunRow.output,
    RunRow.failure,
    RunRow.message,
    RunRow.failed_step,
    RunRow.started_at,
    RunRow.ended_at,
)


def known_runs(session: Session, run_ids: Iterable[UUID]) -> list[Row[Any]]:
    """What is listed of those of the runs that are listed already."""
    ids = list(run_ids)
    chunks = (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
    return [row for chunk in chunks for row in session.execute(select(*_COLUMNS).where(RunRow.id.in_(chunk)))]


def by_index(session: Session) -> None:
    """In this transaction: PostgreSQL would rather read all of a table that it has not counted lately."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_BY_INDEX)
