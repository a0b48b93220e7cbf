"""Runs of AI workflows, whose numbers are below zero: how they went, and which they are."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from docchain.features.runs.tables import RunRow
from docchain.platform.work import Work


def ai_runs(work: Work, since: datetime) -> Select[UUID]:
    """The ids of those that were ordered since then, for statements of others."""
    mine = RunRow.workspace_id == work.workspace_id
    return select(RunRow.id).where(mine, RunRow.workflow_number < 0, RunRow.created_at >= since)


def ai_run_counts(work: Work, since: datetime) -> Mapping[str, int]:
    """How many there were since then, by status."""
    wanted = select(RunRow.status, func.count()).where(RunRow.workflow_number < 0, RunRow.created_at >= since)
    return {row[0]: row[1] for row in work.session.execute(wanted.group_by(RunRow.status))}
