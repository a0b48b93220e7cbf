"""Use cases of workflows: create, read, update, publish, change status, delete and restore."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from docchain.engine.definition import DefinitionError, Fault, read_spec
from docchain.engine.kinds import Kinds
from docchain.features.runs import Version
from docchain.features.workflows import domain
from docchain.features.workflows.definition_schemas import Validation
from docchain.features.workflows.drafts import Draft, label, named, read_draft, wanted
from docchain.features.workflows.errors import IllegalTransition, NothingToPublish
from docchain.features.workflows.exporting import draft_as_file
from docchain.features.workflows.keeping import Keeper
from docchain.features.workflows.mentions import mentioned, unknown
from docchain.features.workflows.presenting import (
    faults_of,
    handle_of,
    to_faults,
    to_summary,
    to_version,
    to_workflow,
)
from docchain.features.workflows.schemas import (
    Workflow,
    WorkflowCreate,
    WorkflowFilter,
    WorkflowSummary,
    WorkflowUpdate,
)
from docchain.features.workflows.tables import WorkflowRow, WorkflowVersionRow
from docchain.features.workflows.version_repository import VersionRepository
from docchain.features.workflows.version_schemas import WorkflowVersion
from docchain.features.workflows.versions import chosen
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
    """A draft that does not compile is kept only where its author says so; nothing else than one that does runs.

    A definition takes a while to compile: `create` and `update` take it as a `draft` that was read before the
    transaction began, or else read it themselves.
    """

    def __init__(self, work: Work, kinds: Kinds, keeper: Keeper | None = None) -> None:
        self._work = work
        self._kinds = kinds
        self._keeper = keeper or Keeper(work)
        self._workflows = self._keeper.workflows

    def create(self, request: WorkflowCreate, draft: Draft | None = None) -> Workflow:
        draft = draft or read_draft(request.definition, self._kinds, keep_faults=request.keep_faults)
        number = self._keeper.next_number()
        labels = label(draft, self._kinds, number, (request.name, request.description, request.tags))
        row = self._keeper.add(number, labels, named(draft, labels.name), request.workflow_type)
        return self._shown(row, draft)

    def read(self, reference: str) -> Workflow:
        return to_workflow(self._keeper.find(reference))

    def id_of(self, reference: str) -> UUID:
        return self._keeper.find(reference).id

    def source(self, reference: str, version: Version = "draft") -> tuple[str | None, dict[str, Any]]:
        """The definition as its author wrote it, if it was text, and as data; the draft with its present labels."""
        row = self._keeper.find(reference)
        published = chosen(self._work, row, version)
        return draft_as_file(row) if published is None else (published.source, published.definition)

    def list(self, wanted: WorkflowFilter, sort: str, request: PageRequest) -> Page[WorkflowSummary]:
        rows, cursor, total = self._workflows.listed(wanted, sort, request)
        return Page(items=[to_summary(row) for row in rows], next_cursor=cursor, total=total)

    def update(
        self, reference: str, request: WorkflowUpdate, revision: domain.AsRead = None, draft: Draft | None = None
    ) -> Workflow:
        """Change the draft or its labels. With `revision`, only if nobody else changed it meanwhile."""
        row = self._keeper.claim(reference, revision)
        if draft is None and request.definition is not None:
            draft = read_draft(request.definition, self._kinds, keep_faults=request.keep_faults)
        draft = draft or kept_draft(row)
        return self.put(row, draft, request)

    def put(self, row: WorkflowRow, draft: Draft, request: WorkflowUpdate | None = None) -> Workflow:
        """Let a workflow that was claimed have this draft."""
        labels = label(draft, self._kinds, row.number, wanted(row, request))
        self._keeper.change(row, labels, named(draft, labels.name))
        return self._shown(row, draft)

    def publish(self, reference: str, note: str = "", revision: domain.AsRead = None) -> WorkflowVersion:
        """Make the draft the next version; a draft workflow becomes active."""
        row = self._keeper.claim(reference, revision)
        draft = kept_draft(row)
        if faults := (*draft.faults, *self.unknown_workflows(draft)):
            raise DefinitionError(faults)
        if row.draft_digest == row.published_digest:
            raise NothingToPublish(handle_of(row), row.published_version or 0)
        if row.status == domain.ARCHIVED:
            raise IllegalTransition(handle_of(row), row.status, domain.ACTIVE)
        version = self._new_version(row, note)
        VersionRepository(self._work.session).add(version)
        row.published_version, row.published_digest = version.number, version.digest
        row.status = domain.ACTIVE if row.status == domain.DRAFT else row.status
        self._keeper.touch(row)
        self._keeper.emit("workflow.published", row, version=version.number)
        return to_version(row, version)

    def change_status(self, reference: str, status: str, revision: domain.AsRead = None) -> Workflow:
        row = self._keeper.claim(reference, revision)
        if status != row.status:
            if status not in domain.TRANSITIONS[row.status]:
                raise IllegalTransition(handle_of(row), row.status, status)
            before, row.status = row.status, status
            self._keeper.touch(row)
            self._keeper.emit("workflow.status_changed", row, before=before, status=status)
        return to_workflow(row)

    def delete(self, reference: str, revision: domain.AsRead = None) -> None:
        """Hide a workflow; its runs and versions stay, and it can be restored."""
        row = self._keeper.claim(reference, revision)
        row.deleted_at = self._work.now
        self._keeper.touch(row)
        self._keeper.emit("workflow.deleted", row)

    def restore(self, reference: str, revision: domain.AsRead = None) -> Workflow:
        row = self._keeper.claim(reference, revision, deleted=True)
        row.deleted_at = None
        self._keeper.touch(row)
        self._keeper.emit("workflow.restored", row)
        return to_workflow(row)

    def unknown_workflows(self, draft: Draft) -> Sequence[Fault]:
        """Workflows that a definition names and that are not there: a warning to a draft, a fault to a version."""
        return unknown(draft.spec, self._workflows.known(name for _, name in mentioned(draft.spec)))

    def _shown(self, row: WorkflowRow, draft: Draft) -> Workflow:
        return to_workflow(row, self.unknown_workflows(draft))

    def _new_version(self, row: WorkflowRow, note: str) -> WorkflowVersionRow:
        return WorkflowVersionRow(
            id=new_id(),
            workflow_id=row.id,
            number=(row.published_version or 0) + 1,
            digest=row.draft_digest,
            definition=row.draft,
            source=row.source,
            note=note,
            published_at=self._work.now,
            published_by=self._work.actor.name,
            revision=1,
        )


def kept_draft(row: WorkflowRow) -> Draft:
    """The draft as it was stored, which took place only after it was compiled."""
    return Draft(read_spec(row.draft), row.source, "name" not in row.proposed, tuple(faults_of(row)))
