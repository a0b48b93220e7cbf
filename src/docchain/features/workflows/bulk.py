"""One order for many workflows: every one has its own result, and one that is refused does not keep the others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docchain.engine.definition import DefinitionError
from docchain.engine.kinds import Kinds
from docchain.features.runs import RunOrder, RunService, Version
from docchain.features.workflows.bulk_errors import TooManyWorkflows
from docchain.features.workflows.bulk_keeping import ManyKeeper
from docchain.features.workflows.bulk_repository import ManyWorkflows
from docchain.features.workflows.bulk_requests import (
    BulkCreate,
    BulkExecute,
    BulkRemoval,
    BulkRequest,
    BulkStatus,
    BulkTag,
    BulkTarget,
    BulkUpdate,
)
from docchain.features.workflows.bulk_results import BulkItem, BulkResult, refused
from docchain.features.workflows.drafts import Draft
from docchain.features.workflows.errors import LabelNotFound, VersionNotFound
from docchain.features.workflows.execution import ExecutionService
from docchain.features.workflows.presenting import Seen, handle_of
from docchain.features.workflows.schemas import Workflow, WorkflowUpdate
from docchain.features.workflows.service import WorkflowService
from docchain.features.workflows.tables import WorkflowRow, WorkflowVersionRow
from docchain.features.workflows.versions import DRAFT, LATEST
from docchain.platform.errors import Refusal
from docchain.platform.work import Work

Read = Draft | DefinitionError | None
"""A definition that was read before the transaction began: what it is, or what is wrong with it."""


@dataclass(frozen=True, slots=True)
class BulkOrder:
    """A request, with the workflows that it reaches and the definitions that it brings."""

    request: BulkRequest
    targets: Sequence[BulkTarget]
    drafts: Mapping[int, Read]

    def __len__(self) -> int:
        return len(self.request.workflows) if isinstance(self.request, BulkCreate) else len(self.targets)


def targets_of(work: Work, request: BulkRequest, most: int) -> Sequence[BulkTarget]:
    """The workflows that it reaches now.

    Raises:
        TooManyWorkflows: more than one order takes.
    """
    if isinstance(request, BulkCreate):
        targets: Sequence[BulkTarget] = []
        count = len(request.workflows)
    elif request.filter is not None:
        wanted = request.filter.model_copy(update={"deleted": request.filter.deleted or request.action == "restore"})
        matching = ManyWorkflows(work.session).matching(wanted.filter(), most + 1)
        targets, count = [BulkTarget(workflow=found) for found in matching], len(matching)
    else:
        targets = request.targets or []
        count = len(targets)
    if count > most:
        raise TooManyWorkflows(most)
    return targets


class BulkService:
    """All rows are read at the start and written at the end; in between nothing asks the database."""

    def __init__(self, work: Work, kinds: Kinds, order: BulkOrder) -> None:
        self._work = work
        self._order = order
        self._many = ManyWorkflows(work.session, [target.reference for target in order.targets])
        self._keeper = ManyKeeper(work, self._many)
        self._service = WorkflowService(work, kinds, self._keeper)

    def carry_out(self) -> BulkResult:
        request = self._order.request
        with self._work.session.no_autoflush:
            items = list(self._items(request))
        self._many.finish()
        return BulkResult.told(request.action, items, dry_run=request.dry_run)

    def _items(self, request: BulkRequest) -> Iterator[BulkItem]:
        if isinstance(request, BulkCreate):
            return self._created(request)
        if isinstance(request, BulkExecute):
            return self._executed(request)
        return (self._changed(index, target) for index, target in enumerate(self._order.targets))

    def _created(self, request: BulkCreate) -> Iterator[BulkItem]:
        drafts = self._order.drafts
        self._keeper.take_numbers(sum(not isinstance(draft, DefinitionError) for draft in drafts.values()))
        for index, wanted in enumerate(request.workflows):
            draft = drafts[index]
            if isinstance(draft, DefinitionError):
                yield refused(index, draft)
            else:
                yield _done(index, self._service.create(wanted, draft), 201)

    def _changed(self, index: int, target: BulkTarget) -> BulkItem:
        try:
            return _done(index, self._change(index, target), 200)
        except (Refusal, DefinitionError) as error:
            return refused(index, error, self._handle(target))

    def _change(self, index: int, target: BulkTarget) -> Workflow | WorkflowRow:
        service, request, revision = self._service, self._order.request, target.revision
        match request:
            case BulkUpdate():
                draft = self._order.drafts.get(index)
                if isinstance(draft, DefinitionError):
                    raise draft
                return service.update(target.reference, request.changes_of(target), revision, draft)
            case BulkTag():
                return self._tag(target, request)
            case BulkStatus():
                return service.change_status(target.reference, request.status, revision)
            case BulkRemoval(action="restore"):
                return service.restore(target.reference, revision)
        row = self._keeper.claim(target.reference, revision)
        service.delete(target.reference)
        return row

    def _tag(self, target: BulkTarget, request: BulkTag) -> Workflow | WorkflowRow:
        row = self._keeper.claim(target.reference, target.revision)
        if request.action == "tag":
            tags = list(dict.fromkeys([*row.tags, *request.tags]))
        else:
            tags = [tag for tag in row.tags if tag not in request.tags]
        if tags == row.tags:
            return row
        return self._service.update(target.reference, WorkflowUpdate.model_validate({"tags": tags}))

    def _executed(self, request: BulkExecute) -> Iterator[BulkItem]:
        executions = _Executions(self._work, self._many.versions(request.version))
        options = {"priority": request.priority, "start_at": request.start_at}
        orders: dict[int, RunOrder] = {}
        for index, target in enumerate(self._order.targets):
            try:
                row = self._keeper.claim(target.reference, target.revision)
                orders[index] = executions.order(row, request.inputs_of(target), request.version, **options)
            except (Refusal, DefinitionError) as error:
                yield refused(index, error, self._handle(target))
        runs = RunService(self._work).start_many(list(orders.values()))
        for index, run in zip(orders, runs, strict=True):
            handle = self._handle(self._order.targets[index])
            yield BulkItem(index=index, status=202, workflow=handle, run=run.handle)

    def _handle(self, target: BulkTarget) -> str | None:
        row = self._many.find(target.reference) or self._many.find(target.reference, deleted=True)
        return None if row is None else handle_of(row)


class _Executions(ExecutionService):
    """Knows the versions beforehand, and asks once for each document that inputs name."""

    def __init__(self, work: Work, versions: Mapping[Any, WorkflowVersionRow]) -> None:
        super().__init__(work)
        self._versions = versions
        self._references: dict[str, Any] = {}

    def _chosen(self, row: Seen, version: Version) -> WorkflowVersionRow | None:
        found = self._versions.get(row.id)
        if found is None and version not in {DRAFT, LATEST}:
            missing: Callable[..., Refusal] = LabelNotFound if isinstance(version, str) else VersionNotFound
            raise missing(handle_of(row), version)
        return found


def _done(index: int, shown: Workflow | WorkflowRow, status: int) -> BulkItem:
    handle = handle_of(shown) if isinstance(shown, WorkflowRow) else shown.handle
    return BulkItem(index=index, status=status, workflow=handle, etag=f'"{shown.revision}"')
