"""Workflows as a bundle: those that are wanted, with their published versions where that is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from docchain.features.workflows.bulk_errors import TooManyWorkflows
from docchain.features.workflows.bulk_repository import ManyWorkflows
from docchain.features.workflows.bundle import BundledVersion, BundledWorkflow, packed
from docchain.features.workflows.bundle_repository import BundleRepository
from docchain.features.workflows.domain import slug
from docchain.features.workflows.exporting import exported
from docchain.features.workflows.schemas import WorkflowFilter
from docchain.features.workflows.tables import WorkflowRow, WorkflowVersionRow
from docchain.platform.pagination import PageRequest
from docchain.platform.work import Work

Files = list[tuple[str, str]]


def bundled(work: Work, wanted: WorkflowFilter, most: int, *, versions: bool) -> bytes:
    """All that match, oldest first.

    Raises:
        TooManyWorkflows: more than one bundle holds.
    """
    rows, _, _ = ManyWorkflows(work.session).page(wanted, "created_at", PageRequest(most + 1))
    if len(rows) > most:
        raise TooManyWorkflows(most)
    repository = BundleRepository(work.session)
    ids = [row.id for row in rows] if versions else []
    published, labels = repository.versions(ids), repository.labels(ids)
    files: Files = []
    items = [_packed(row, published.get(row.id, ()), labels, files) for row in rows]
    return packed(items, files)


def _packed(
    row: WorkflowRow,
    versions: Sequence[WorkflowVersionRow],
    labels: Mapping[tuple[UUID, int], list[str]],
    files: Files,
) -> BundledWorkflow:
    folder = f"{row.number:05}_{slug(row.name)}"
    unnamed = {name: value for name, value in row.draft.items() if name != "workflow"}
    definition = unnamed if "name" in row.proposed else row.draft
    files.append((f"{folder}/draft.yaml", exported(row.source, definition, "yaml")))
    given = {name: getattr(row, name) for name in ("name", "description", "tags") if name not in row.proposed}
    return BundledWorkflow(
        file=f"{folder}/draft.yaml",
        **given,
        workflow_type=row.workflow_type,
        ai_workflow=row.number < 0,
        status=row.status,
        versions=list(_versions(folder, versions, labels, files)),
    )


def _versions(
    folder: str,
    versions: Sequence[WorkflowVersionRow],
    labels: Mapping[tuple[UUID, int], list[str]],
    files: Files,
) -> Iterator[BundledVersion]:
    for version in versions:
        file = f"{folder}/version_{version.number}.yaml"
        files.append((file, exported(version.source, version.definition, "yaml")))
        told = labels.get((version.workflow_id, version.number), [])
        yield BundledVersion(number=version.number, note=version.note, labels=told, file=file)
