"""What retention would remove now, and what it removed: told before and after, never done here."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from docchain.engine.definition import RetentionSpec
from docchain.features.runs.judging import Held, id_at, judged
from docchain.features.runs.retention import Policy
from docchain.features.runs.retention_repository import RetentionRepository
from docchain.platform.ids import Handle
from docchain.platform.model import Model
from docchain.platform.work import Work

MOST: Final = 50_000
_PAGE: Final = 2_000
_SWEEPS: Final = 10


class ReportLine(Model):
    """Runs of one workflow and outcome, and what would become of them."""

    workflow: str | None = Field(description="Handle; null for definitions run directly.")
    label: str
    status: str
    action: Literal["purge", "delete"]
    runs: int
    oldest: datetime


class SweepDone(Model):
    """One sweep; the counts are of this workspace."""

    started_at: datetime
    ended_at: datetime | None
    deleted: int = 0
    archived: int = 0
    purged: int = 0


class RetentionReport(Model):
    """How long runs are kept, what would go now, and what went."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "general": {"succeeded": "90d", "payload": "30d"},
                "origins": {},
                "would_remove": [
                    {
                        "workflow": "workflow_1",
                        "label": "invoice_intake",
                        "status": "succeeded",
                        "action": "delete",
                        "runs": 412,
                        "oldest": "2026-08-01T09:30:00Z",
                    }
                ],
                "looked_at": 5120,
                "more": False,
                "sweeps": [
                    {
                        "started_at": "2026-11-22T09:00:00Z",
                        "ended_at": "2026-11-22T09:00:07Z",
                        "deleted": 380,
                        "archived": 380,
                        "purged": 95,
                    }
                ],
            }
        }
    )

    general: RetentionSpec
    origins: dict[str, RetentionSpec]
    would_remove: list[ReportLine]
    looked_at: int = Field(description="The oldest runs of the workspace that this report looked at.")
    more: bool = Field(description="There are more that it did not look at.")
    sweeps: list[SweepDone] = Field(description="The last ones, the newest first.")


class RetentionService:
    """Reads only.

    Args:
        work: in the workspace that is told about.
        policy: in force.
        held: names runs that must stay.
    """

    def __init__(self, work: Work, policy: Policy, held: Held) -> None:
        self._work = work
        self._policy = policy
        self._held = held
        self._runs = RetentionRepository(work.session)

    def report(self, most: int = MOST) -> RetentionReport:
        lines: dict[tuple[Any, ...], ReportLine] = {}
        seen, place, until = 0, UUID(int=0), self._until()
        while seen < most and (rows := self._runs.after(place, until, min(_PAGE, most - seen))):
            seen, place = seen + len(rows), rows[-1].id
            self._add(rows, lines)
        return RetentionReport(
            general=self._policy.general,
            origins=dict(self._policy.origins),
            would_remove=sorted(lines.values(), key=lambda line: (line.label, line.status, line.action)),
            looked_at=seen,
            more=bool(seen == most and self._runs.after(place, until, 1)),
            sweeps=self._sweeps(),
        )

    def _until(self) -> UUID:
        shortest = self._policy.shortest()
        return UUID(int=0) if shortest is None else id_at(self._work.now - max(shortest, timedelta()))

    def _add(self, rows: Sequence[Any], lines: dict[tuple[Any, ...], ReportLine]) -> None:
        held = {*self._held(self._work, [row.id for row in rows]), *self._runs.children_of_unfinished(rows)}
        batch = judged(self._policy, rows, held, self._work.now)
        actions = dict.fromkeys(batch.purge, "purge") | dict.fromkeys(batch.delete, "delete")
        for row in rows:
            if action := actions.get(row.id):
                line = lines.setdefault((row.workflow_number, row.label, row.status, action), _line(row, action))
                line.runs += 1
                line.oldest = min(line.oldest, row.ended_at)

    def _sweeps(self) -> list[SweepDone]:
        here = str(self._work.workspace_id)
        rows = self._runs.sweeps(_SWEEPS)
        return [
            SweepDone(started_at=row.started_at, ended_at=row.ended_at, **(row.done.get(here) or {})) for row in rows
        ]


def _line(row: Any, action: Any) -> ReportLine:
    workflow = str(Handle("workflow", row.workflow_number)) if row.workflow_number else None
    return ReportLine(workflow=workflow, label=row.label, status=row.status, action=action, runs=0, oldest=row.ended_at)
