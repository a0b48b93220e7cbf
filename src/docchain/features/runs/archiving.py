"""What is written to the archive of runs that are deleted: each whole, with its facts and its definition."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from docchain.features.runs.presenting import related_ids, to_run
from docchain.features.runs.repository import RunRepository
from docchain.features.runs.retention_repository import RetentionRepository
from docchain.platform.work import Work


def archive_lines(
    work: Work, ids: Sequence[UUID], entries: Iterable[tuple[int, bytes, bytes]], started: datetime
) -> dict[UUID, list[dict[str, Any]]]:
    """Lines by workspace; a definition comes before the runs that followed it. What this sweep marked is whole yet."""
    facts: dict[bytes, list[Any]] = defaultdict(list)
    for _, key, encoded in entries:
        facts[key] += json.loads(encoded)
    repository = RetentionRepository(work.session)
    rows = repository.whole(ids)
    bodies = repository.definitions({row.definition for row in rows})
    numbers = RunRepository(work.session).numbers_of(related_ids(rows))
    lines: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    told: set[tuple[UUID, str]] = set()
    for row in rows:
        theirs = lines[row.workspace_id]
        if (row.workspace_id, row.definition) not in told and row.definition in bodies:
            told.add((row.workspace_id, row.definition))
            theirs.append({"definition": row.definition, "body": json.loads(bodies[row.definition])})
        run = to_run(row, numbers)
        if run.purged_at is not None and run.purged_at >= started:
            run.purged_at = None
        theirs.append({"run": run.model_dump(mode="json"), "facts": facts[row.id.bytes]})
    return lines
