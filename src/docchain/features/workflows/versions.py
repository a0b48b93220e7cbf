"""Published versions: which one is meant, their labels and notes, and their way back into the draft."""

from typing import Final

from docchain.engine.definition import read_spec
from docchain.engine.kinds import Kinds
from docchain.features.runs import Version
from docchain.features.workflows.diffing import Compared
from docchain.features.workflows.domain import AsRead, has_passed
from docchain.features.workflows.drafts import Draft, label, wanted
from docchain.features.workflows.errors import (
    LabelNotFound,
    LabelReserved,
    NotLabelled,
    TooManyLabels,
    VersionChanged,
    VersionNotFound,
)
from docchain.features.workflows.keeping import Keeper
from docchain.features.workflows.presenting import Seen, handle_of, to_version, to_workflow
from docchain.features.workflows.schemas import Workflow
from docchain.features.workflows.tables import WorkflowLabelRow, WorkflowRow, WorkflowVersionRow
from docchain.features.workflows.version_repository import Pinned, VersionRepository
from docchain.features.workflows.version_schemas import WorkflowVersion
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.work import Work

LATEST: Final = "latest"
DRAFT: Final = "draft"
MOST_LABELS: Final = 50


def chosen(work: Work, row: Seen, version: Version) -> WorkflowVersionRow | None:
    """The version that is meant, or `None`: the draft."""
    number = _number(work, row, version)
    return None if number is None else numbered(work, row, number)


def pinned(work: Work, row: Seen, version: Version) -> Pinned | None:
    """The same, for who may know its definition already."""
    number = _number(work, row, version)
    if number is None:
        return None
    found = VersionRepository(work.session).pinned(row.id, number)
    if found is None:
        raise VersionNotFound(handle_of(row), number)
    return found


def numbered(work: Work, row: Seen, number: int) -> WorkflowVersionRow:
    found = VersionRepository(work.session).version(row.id, number)
    if found is None:
        raise VersionNotFound(handle_of(row), number)
    return found


def _number(work: Work, row: Seen, version: Version) -> int | None:
    number = row.published_version if version == LATEST else version
    if number is None or number == DRAFT:
        return None
    if isinstance(number, str):
        labelled = VersionRepository(work.session).label(row.id, number)
        if labelled is None:
            raise LabelNotFound(handle_of(row), number)
        return labelled.number
    return number


class VersionService:
    def __init__(self, work: Work, kinds: Kinds) -> None:
        self._work = work
        self._kinds = kinds
        self._keeper = Keeper(work)
        self._versions = VersionRepository(work.session)

    def list(self, reference: str, request: PageRequest) -> Page[WorkflowVersion]:
        row = self._keeper.find(reference)
        rows, cursor, total = self._versions.versions(row.id, request)
        labels = self._versions.labels(row.id, [version.number for version in rows])
        items = [to_version(row, version, labels.get(version.number, ())) for version in rows]
        return Page(items=items, next_cursor=cursor, total=total)

    def read(self, reference: str, version: Version) -> WorkflowVersion:
        row = self._keeper.find(reference)
        return self._shown(row, self._version(row, version))

    def sides(self, reference: str, before: Version, after: Version) -> tuple[str, Compared, Compared]:
        """Two definitions of a workflow, to be compared."""
        row = self._keeper.find(reference)
        return handle_of(row), self._side(row, before), self._side(row, after)

    def restore(self, reference: str, number: int, revision: AsRead = None) -> Workflow:
        """Make a version the draft again, as its author wrote it; what is published stays."""
        row = self._keeper.claim(reference, revision)
        version = self._version(row, number)
        draft = Draft(read_spec(version.definition), version.source, named=True)
        labels = label(draft, self._kinds, row.number, wanted(row))
        self._keeper.change(row, labels, draft, restored_version=number)
        return to_workflow(row)

    def note(self, reference: str, number: int, note: str, revision: AsRead = None) -> WorkflowVersion:
        row = self._keeper.claim(reference)
        version = self._claimed(row, number, revision)
        if note != version.note:
            version.note = note
            version.revision += 1
            self._keeper.emit("workflow.version_noted", row, version=number)
        return self._shown(row, version)

    def put_label(self, reference: str, number: int, label: str, revision: AsRead = None) -> WorkflowVersion:
        """Let a label stand for this version, and for no other one from now on."""
        if label in {LATEST, DRAFT}:
            raise LabelReserved(label)
        row = self._keeper.claim(reference)
        version = self._claimed(row, number, revision)
        before = self._versions.label(row.id, label)
        if before is None or before.number != number:
            self._move(row, label, before, number)
            version.revision += 1
            told = {"label": label, "version": number, "before": before.number if before else None}
            self._keeper.emit("workflow.labelled", row, **told)
        return self._shown(row, version)

    def remove_label(self, reference: str, number: int, label: str, revision: AsRead = None) -> None:
        row = self._keeper.claim(reference)
        version = self._claimed(row, number, revision)
        found = self._versions.label(row.id, label)
        if found is None or found.number != number:
            raise NotLabelled(handle_of(row), number, label)
        self._versions.remove(found)
        version.revision += 1
        self._keeper.emit("workflow.unlabelled", row, label=label, version=number)

    def _move(self, row: WorkflowRow, label: str, before: WorkflowLabelRow | None, number: int) -> None:
        if before is not None:
            self._version(row, before.number).revision += 1
            before.number = number
            return
        if sum(map(len, self._versions.labels(row.id).values())) >= MOST_LABELS:
            raise TooManyLabels(handle_of(row), MOST_LABELS)
        self._versions.add(WorkflowLabelRow(workflow_id=row.id, label=label, number=number))
        self._work.session.flush()

    def _side(self, row: WorkflowRow, version: Version) -> Compared:
        found = chosen(self._work, row, version)
        if found is None:
            return Compared(None, row.draft_digest, row.draft)
        return Compared(found.number, found.digest, found.definition)

    def _version(self, row: WorkflowRow, version: Version) -> WorkflowVersionRow:
        found = chosen(self._work, row, version)
        if found is None:
            raise VersionNotFound(handle_of(row), version)
        return found

    def _claimed(self, row: WorkflowRow, number: int, revision: AsRead) -> WorkflowVersionRow:
        version = self._version(row, number)
        if has_passed(revision, version.revision):
            raise VersionChanged(handle_of(row), number, version.revision)
        return version

    def _shown(self, row: WorkflowRow, version: WorkflowVersionRow) -> WorkflowVersion:
        labels = self._versions.labels(row.id, [version.number])
        return to_version(row, version, labels.get(version.number, ()))
