"""Rows of workflows as the doors show them."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Row

from docchain.engine.definition import Fault
from docchain.features.workflows.definition_schemas import ValidationFault
from docchain.features.workflows.schemas import Workflow, WorkflowSummary
from docchain.features.workflows.tables import WorkflowRow, WorkflowVersionRow
from docchain.features.workflows.version_schemas import WorkflowVersion
from docchain.platform.ids import Handle

Seen = WorkflowRow | Row[Any]
"""A whole row, or what running it takes to know."""


def handle_of(row: Seen) -> str:
    return str(Handle("workflow", row.number))


def to_summary(row: Seen) -> WorkflowSummary:
    return WorkflowSummary(**_columns(row))


def to_workflow(row: WorkflowRow, warnings: Iterable[Fault] = ()) -> Workflow:
    found = to_faults(faults_of(row))
    return Workflow(**_columns(row), definition=row.draft, faults=found, warnings=to_faults(warnings))


def faults_of(row: Seen) -> list[Fault]:
    """What is wrong with the draft."""
    return [Fault(*fault) for fault in row.faults]


def to_faults(faults: Iterable[Fault]) -> list[ValidationFault]:
    return [
        ValidationFault(path=fault.path, code=fault.code, message=fault.message, node=fault.node or None)
        for fault in faults
    ]


def to_version(row: WorkflowRow, version: WorkflowVersionRow, labels: Iterable[str] = ()) -> WorkflowVersion:
    return WorkflowVersion(
        workflow=handle_of(row),
        number=version.number,
        digest=version.digest,
        note=version.note,
        labels=sorted(labels),
        revision=version.revision,
        published_at=version.published_at,
        published_by=version.published_by,
        definition=version.definition,
    )


_MADE: Final = frozenset({"handle", "unpublished_changes", "valid"})
_SHOWN: Final = tuple(name for name in WorkflowSummary.model_fields if name not in _MADE)


def _columns(row: Seen) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _SHOWN},
        "handle": handle_of(row),
        "unpublished_changes": row.published_digest is not None and row.published_digest != row.draft_digest,
        "valid": not row.faults,
    }
