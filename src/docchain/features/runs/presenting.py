"""Rows of runs as the doors show them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from docchain.features.runs.domain import UNLISTED
from docchain.features.runs.queued import QueuedRun
from docchain.features.runs.schemas import ParentRun, Run, SourceRun
from docchain.features.runs.tables import RunRow
from docchain.platform.ids import Handle

OUTPUT: Final = "output"
SHORTENED: Final = ("inputs", "warnings", "waits", OUTPUT)


Seen = RunRow | Row[Any] | QueuedRun
"""A whole row, what was just ordered, or what a list selects of it: then what is too long for a list is None."""


def handle_of(row: Seen) -> str:
    return str(Handle("run", row.number))


def related_ids(rows: Iterable[Seen]) -> set[UUID]:
    """The runs that these name as their parent or source."""
    return {found for row in rows for found in (row.parent_id, row.source_id) if found is not None}


def to_run(row: Seen, numbers: Mapping[UUID, int], *, deduplicated: bool = False) -> Run:
    """The row as a run; `numbers` are those of the runs it is related to."""
    inputs, warnings, waits, output = row.inputs, row.warnings, row.waits, row.output
    long = (inputs is None, warnings is None, waits is None, output == UNLISTED)
    return Run(
        id=row.id,
        handle=handle_of(row),
        status=row.status,
        mode=row.mode,
        workflow=str(Handle("workflow", row.workflow_number)) if row.workflow_number else None,
        workflow_version=row.workflow_version,
        label=row.label,
        definition=row.definition,
        origin=row.origin,
        actor=row.actor,
        priority=row.priority,
        parent=ParentRun(run=_named(row.parent_id, numbers), step=row.parent_step or "") if row.parent_id else None,
        source=SourceRun(run=_named(row.source_id, numbers), how=row.source_how) if row.source_id else None,
        deduplicated=deduplicated,
        waits=waits or {},
        in_doubt=row.in_doubt,
        inputs=inputs or {},
        warnings=warnings or [],
        output=None if output == UNLISTED else output,
        omitted=[name for name, is_long in zip(SHORTENED, long, strict=True) if is_long],
        failure=row.failure or None,
        message=row.message or None,
        failed_step=row.failed_step or None,
        created_at=row.created_at,
        start_at=awaited(row.start_at, row.started_at),
        started_at=row.started_at,
        ended_at=row.ended_at,
        purged_at=row.purged_at,
    )


def awaited(start_at: datetime | None, started_at: datetime | None) -> datetime | None:
    """The moment a run waits or waited for; none, if it was tried again and began before."""
    return None if start_at and started_at and started_at < start_at else start_at


def _named(run_id: UUID, numbers: Mapping[UUID, int]) -> str:
    """Its handle, or its id where the list does not know it (yet, or any more)."""
    number = numbers.get(run_id)
    return str(run_id) if number is None else str(Handle("run", number))
