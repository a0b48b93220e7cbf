"""Use cases of workflows: create, read, update, publish, change status, delete and restore."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from docchain.engine.definition import DefinitionError, Fault, read_spec
from docchain.engine.kinds import Kinds
from docchain.features.workflows import domain
from docchain.features.workflows.drafts import Draft, Labels, label, named, read_draft
from docchain.features.workflows.errors import (
    IllegalTransition,
    NothingToPublish,
    VersionNotFound,
    WorkflowChanged,
    WorkflowNotFound,
)
from docchain.features.workflows.mentions import mentioned, unknown
from docchain.features.workflows.presenting import handle_of, to_faults, to_summary, to_version, to_workflow
from docchain.features.workflows.repository import WorkflowRepository
from docchain.features.workflows.schemas import (
    Validation,
    Workflow,
    WorkflowCreate,
    WorkflowFilter,
    WorkflowSummary,
    WorkflowUpdate,
    WorkflowVersion,
)
from docchain.features.workflows.tables import WorkflowRow, WorkflowVersionRow
from docchain.platform.handles import next_number
from docchain.platform.ids import new_id
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.work import Work


def validate(definition: dict[str, Any] | str, kinds: Kinds) -> tuple[Validation, Draft | None]:
    """Every fault of a definition, or the draft that it is; nothing is stored."""
    try:
        draft = read_draft(definition, kinds)
    except DefinitionError as error:
        return Validation(valid=False, errors=to_faults(error.faults)), None
    return Validation(valid=True, errors=[]), draft


class WorkflowService:
    """Only drafts that compile are stored: what is wrong is said at once, with its path.

    A definition takes a while to compile: `create` and `update` take it as a `draft` that was read before the
    transaction began, or else read it themselves.
    """

    def __init__(self, work: Work, kinds: Kinds) -> None:
        self._work = work
        self._kinds = kinds
        self._workflows = WorkflowRepository(work.session)

    def create(self, request: WorkflowCreate, draft: Draft | None = None) -> Workflow:
        draft = draft or read_draft(request.definition, self._kinds)
        number = next_number(self._work, "workflow")
        labels = label(draft, self._kinds, number, (request.name, request.description, request.tags))
        row = self._new_row(number, labels, named(draft, labels.name))
        self._workflows.add(row)
        self._workflows.retag(row)
        self._emit("workflow.created", row)
        return self._shown(row, draft)

    def read(self, reference: str) -> Workflow:
        return to_workflow(self._find(reference))

    def id_of(self, reference: str) -> UUID:
        return self._find(reference).id

    def source(self, reference: str, version: int | None = None) -> tuple[str | None, dict[str, Any]]:
        """The definition as its author wrote it, if it was text, and as data."""
        row = self._find(reference)
        if version is None:
            return row.source, row.draft
        published = self._version(row, version)
        return published.source, published.definition

    def list(self, wanted: WorkflowFilter, sort: str, request: PageRequest) -> Page[WorkflowSummary]:
        rows, cursor, total = self._workflows.page(wanted, sort, request)
        return Page(items=[to_summary(row) for row in rows], next_cursor=cursor, total=total)

    def update(
        self, reference: str, request: WorkflowUpdate, revision: int | None = None, draft: Draft | None = None
    ) -> Workflow:
        """Change the draft or its labels. With `revision`, only if nobody else changed it meanwhile."""
        row = self._claim(reference, revision)
        if request.definition is None:
            draft = Draft(read_spec(row.draft), row.source, named="name" not in row.proposed)
        else:
            draft = draft or read_draft(request.definition, self._kinds)
        labels = label(draft, self._kinds, row.number, _wanted(row, request))
        self._change(row, labels, named(draft, labels.name))
        return self._shown(row, draft)

    def publish(self, reference: str, note: str = "", revision: int | None = None) -> WorkflowVersion:
        """Make the draft the next version; a draft workflow becomes active."""
        row = self._claim(reference, revision)
        draft = read_draft(row.draft, self._kinds)
        if faults := self.unknown_workflows(draft):
            raise DefinitionError(faults)
        if draft.digest == row.published_digest:
            raise NothingToPublish(handle_of(row), row.published_version or 0)
        if row.status == domain.ARCHIVED:
            raise IllegalTransition(handle_of(row), row.status, domain.ACTIVE)
        version = self._new_version(row, draft, note)
        self._workflows.add(version)
        row.published_version, row.published_digest = version.number, version.digest
        row.status = domain.ACTIVE if row.status == domain.DRAFT else row.status
        self._touch(row)
        self._emit("workflow.published", row, version=version.number)
        return to_version(row, version)

    def versions(self, reference: str, request: PageRequest) -> Page[WorkflowVersion]:
        row = self._find(reference)
        rows, cursor, total = self._workflows.versions(row.id, request)
        return Page(items=[to_version(row, version) for version in rows], next_cursor=cursor, total=total)

    def version(self, reference: str, number: int) -> WorkflowVersion:
        row = self._find(reference)
        return to_version(row, self._version(row, number))

    def change_status(self, reference: str, status: str, revision: int | None = None) -> Workflow:
        row = self._claim(reference, revision)
        if status != row.status:
            if status not in domain.TRANSITIONS[row.status]:
                raise IllegalTransition(handle_of(row), row.status, status)
            before, row.status = row.status, status
            self._touch(row)
            self._emit("workflow.status_changed", row, before=before, status=status)
        return to_workflow(row)

    def delete(self, reference: str, revision: int | None = None) -> None:
        """Hide a workflow; its runs and versions stay, and it can be restored."""
        row = self._claim(reference, revision)
        row.deleted_at = self._work.now
        self._touch(row)
        self._emit("workflow.deleted", row)

    def restore(self, reference: str) -> Workflow:
        row = self._workflows.find(reference, deleted=True, to_change=True)
        if row is None:
            raise WorkflowNotFound(f"{reference} among the deleted ones")
        row.deleted_at = None
        self._touch(row)
        self._emit("workflow.restored", row)
        return to_workflow(row)

    def unknown_workflows(self, draft: Draft) -> Sequence[Fault]:
        """Workflows that a definition names and that are not there: a warning to a draft, a fault to a version."""
        return unknown(draft.spec, self._workflows.known(name for _, name in mentioned(draft.spec)))

    def _shown(self, row: WorkflowRow, draft: Draft) -> Workflow:
        return to_workflow(row, self.unknown_workflows(draft))

    def _find(self, reference: str) -> WorkflowRow:
        row = self._workflows.find(reference)
        if row is None:
            raise WorkflowNotFound(reference)
        return row

    def _claim(self, reference: str, revision: int | None = None) -> WorkflowRow:
        """A workflow to be changed; with `revision`, as somebody read it."""
        row = self._workflows.find(reference, to_change=True)
        if row is None:
            raise WorkflowNotFound(reference)
        if revision is not None and revision != row.revision:
            raise WorkflowChanged(handle_of(row), row.revision)
        return row

    def _version(self, row: WorkflowRow, number: int) -> WorkflowVersionRow:
        found = self._workflows.version(row.id, number)
        if found is None:
            raise VersionNotFound(handle_of(row), number)
        return found

    def _change(self, row: WorkflowRow, labels: Labels, draft: Draft) -> None:
        row.name, row.description = labels.name, labels.description
        row.tags, row.proposed = labels.tags, labels.proposed
        row.title, row.source = draft.spec.title, draft.source
        row.definition_name = draft.spec.workflow
        row.draft, row.draft_digest = draft.definition, draft.digest
        self._workflows.retag(row)
        self._touch(row)
        self._emit("workflow.updated", row, revision=row.revision)

    def _touch(self, row: WorkflowRow) -> None:
        row.revision += 1
        row.updated_at = self._work.now

    def _emit(self, type_: str, row: WorkflowRow, **data: Any) -> None:
        self._work.emit(type_, "workflow", row.id, {"workflow": handle_of(row), "name": row.name, **data})

    def _new_row(self, number: int, labels: Labels, draft: Draft) -> WorkflowRow:
        return WorkflowRow(
            id=new_id(),
            number=number,
            name=labels.name,
            definition_name=draft.spec.workflow,
            title=draft.spec.title,
            description=labels.description,
            tags=labels.tags,
            proposed=labels.proposed,
            status=domain.DRAFT,
            draft=draft.definition,
            draft_digest=draft.digest,
            source=draft.source,
            revision=1,
            created_at=self._work.now,
            created_by=self._work.actor.name,
            updated_at=self._work.now,
        )

    def _new_version(self, row: WorkflowRow, draft: Draft, note: str) -> WorkflowVersionRow:
        return WorkflowVersionRow(
            id=new_id(),
            workflow_id=row.id,
            number=(row.published_version or 0) + 1,
            digest=draft.digest,
            definition=draft.definition,
            source=row.source,
            note=note,
            published_at=self._work.now,
            published_by=self._work.actor.name,
        )


def _wanted(row: WorkflowRow, request: WorkflowUpdate) -> tuple[str | None, str | None, list[str] | None]:
    """Labels that a person gave, now or before; what was proposed is proposed again."""

    def of(field: str) -> Any:
        if field in request.model_fields_set:
            return getattr(request, field)
        return None if field in row.proposed else getattr(row, field)

    return of("name"), of("description"), of("tags")
