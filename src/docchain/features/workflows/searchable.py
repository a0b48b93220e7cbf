"""Workflows as search finds them: by name, description, tags and what their steps do."""

from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

from docchain.features.search import Entry
from docchain.features.workflows.presenting import handle_of
from docchain.features.workflows.searchable_repository import (
    present_workflows,
    searchable_workflow_ids,
    searchable_workflows,
)
from docchain.features.workflows.tables import WorkflowRow
from docchain.platform.work import Work


class WorkflowSource:
    """Handed down to search."""

    kind = "workflow"
    permission = "workflows:read"
    facts: ClassVar = frozenset({"status", "type", "tag", "owner", "version"})
    has_meaning = True
    comes_last = False

    def entries(self, work: Work, ids: Collection[UUID]) -> list[Entry]:
        return [_entry(row) for row in searchable_workflows(work, ids)]

    def touched(self, work: Work, ids: Collection[UUID]) -> set[UUID]:  # noqa: ARG002 - the contract's shape
        return set(ids)

    def present(self, work: Work, ids: Collection[UUID]) -> set[UUID]:
        return present_workflows(work, ids)

    def page(self, work: Work, after: UUID | None, limit: int) -> list[UUID]:
        return searchable_workflow_ids(work, after, limit)


def _entry(row: WorkflowRow) -> Entry:
    text = "\n".join(filter(None, [row.name, row.description, " ".join(row.tags), *_said_in(row.draft)]))
    return Entry(
        id=row.id,
        kind="workflow",
        handle=handle_of(row),
        title=row.title or row.name,
        created_at=row.created_at,
        updated_at=row.updated_at,
        facts={
            "status": row.status,
            "type": row.workflow_type,
            "tag": list(row.tags),
            "owner": row.created_by,
            "version": float(row.published_version or 0),
        },
        text=text,
        key=sha256(f"{row.title}\n{text}".encode()).hexdigest(),
    )


def _said_in(draft: dict[str, Any]) -> Iterator[str]:
    """What steps are called and use."""
    steps = draft.get("steps")
    for step in steps if isinstance(steps, list) else ():
        if isinstance(step, dict):
            given = step.get("with")
            titles = [given.get("title"), given.get("message")] if isinstance(given, dict) else []
            yield " ".join(str(word) for word in (step.get("id"), step.get("use"), *titles) if isinstance(word, str))
