"""What the policy says of the next runs: looked at in the order of their ids, and changed by nothing here."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from docchain.features.runs.domain import ENDED
from docchain.features.runs.retention import Policy, Verdict
from docchain.platform.work import Work

Held = Callable[[Work, Sequence[UUID]], Collection[UUID]]
"""Those of the runs that must stay whatever the policy says, such as for a legal hold."""


@dataclass(slots=True)
class Batch:
    """What is to become of the next runs; `place` is the last that was looked at."""

    place: UUID
    looked_at: int
    purge: list[UUID] = field(default_factory=list)
    delete: list[UUID] = field(default_factory=list)
    archive: list[UUID] = field(default_factory=list)
    workspaces: dict[UUID, UUID] = field(default_factory=dict)

    def counts(self) -> dict[str, dict[str, int]]:
        """By workspace: how many were purged, deleted and archived."""
        found: dict[str, dict[str, int]] = {}
        for word, ids in (("purged", self.purge), ("deleted", self.delete), ("archived", self.archive)):
            for run_id in ids:
                of = found.setdefault(str(self.workspaces[run_id]), {"purged": 0, "deleted": 0, "archived": 0})
                of[word] += 1
        return found

    def only(self, kept: Collection[UUID]) -> None:
        """Leave out what has changed since it was looked at."""
        self.purge, self.delete, self.archive = (
            [run_id for run_id in ids if run_id in kept] for ids in (self.purge, self.delete, self.archive)
        )


def judged(policy: Policy, rows: Sequence[Any], held: Collection[UUID], now: datetime) -> Batch:
    """What the policy says of runs that nothing holds; of those marked by a sweep that was cut off, once more."""
    batch = Batch(rows[-1].id if rows else UUID(int=0), len(rows))
    for row in rows:
        if row.status not in ENDED or row.in_doubt or row.ended_at is None or row.id in held:
            continue
        batch.workspaces[row.id] = row.workspace_id
        rules = policy.rules(row.workflow_id, row.origin)
        verdict = rules.verdict(row.status, row.ended_at, now)
        if verdict is Verdict.DELETE:
            batch.delete.append(row.id)
            batch.archive += [row.id] if rules.archive else []
        elif verdict is Verdict.PURGE and (row.purged_at is None or row.purged_at >= now):
            batch.purge.append(row.id)
    return batch


def id_at(moment: datetime) -> UUID:
    """No run that began later has a smaller id."""
    return UUID(int=int(moment.timestamp() * 1_000) << 80)
