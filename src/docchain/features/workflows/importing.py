"""Workflows from files: what becomes of a name that is taken, and versions and labels that come along."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from docchain.engine.definition import DefinitionError, read_text
from docchain.engine.kinds import Kinds
from docchain.features.workflows import domain
from docchain.features.workflows.bulk_errors import NameTaken
from docchain.features.workflows.bulk_keeping import ManyKeeper
from docchain.features.workflows.bulk_repository import ManyWorkflows
from docchain.features.workflows.bulk_results import BulkItem, refused
from docchain.features.workflows.bundle import Bundle, BundledVersion, BundledWorkflow
from docchain.features.workflows.bundle_repository import BundleRepository
from docchain.features.workflows.drafts import Draft, named, read_draft
from docchain.features.workflows.errors import WorkflowAmbiguous
from docchain.features.workflows.presenting import to_workflow
from docchain.features.workflows.schemas import Workflow, WorkflowCreate, WorkflowUpdate
from docchain.features.workflows.service import WorkflowService
from docchain.features.workflows.tables import WorkflowLabelRow, WorkflowRow, WorkflowVersionRow
from docchain.platform.errors import Refusal
from docchain.platform.ids import Handle, new_id
from docchain.platform.work import Work

OnConflict = Literal["allow", "fail", "rename", "update"]
_TRIED: Final = range(2, 10)


@dataclass(frozen=True, slots=True)
class Entry:
    """One workflow of a file, read and checked; `versions` are the drafts that were published, in their order."""

    draft: Draft
    told: BundledWorkflow
    versions: Sequence[Draft] = ()

    @property
    def name(self) -> str:
        """What it will be called, if that is known already."""
        return self.told.name or (self.draft.spec.workflow if self.draft.named else "")


class ImportService:
    """Every entry has its own result; all names are looked up at the start."""

    def __init__(self, work: Work, kinds: Kinds, on_conflict: OnConflict, entries: Iterable[Entry]) -> None:
        self._work = work
        self._on_conflict = on_conflict
        self._repository = BundleRepository(work.session)
        self._holders = self._repository.holders(_names(entries, on_conflict))
        ids = [str(id_) for held in self._holders.values() for id_, _ in held] if on_conflict == "update" else []
        self._many = ManyWorkflows(work.session, ids)
        self._keepers = {ai: ManyKeeper(work, self._many, ai=ai) for ai in (False, True)}
        self._services = {ai: WorkflowService(work, kinds, keeper) for ai, keeper in self._keepers.items()}

    def one(self, entry: Entry) -> Workflow:
        """Import a workflow, or refuse."""
        self._take_numbers([entry])
        made = self._take(entry)
        self._many.finish()
        return made

    def all(self, entries: Sequence[Entry | DefinitionError]) -> Sequence[BulkItem]:
        self._take_numbers(entry for entry in entries if isinstance(entry, Entry))
        with self._work.session.no_autoflush:
            items = [self._told(index, entry) for index, entry in enumerate(entries)]
        self._many.finish()
        return items

    def _take_numbers(self, entries: Iterable[Entry]) -> None:
        """As many as may be made; the second one of a name within a file may be refused."""
        seen = set(self._holders)
        count = {False: 0, True: 0}
        for entry in entries:
            count[entry.told.ai_workflow] += self._on_conflict in {"allow", "rename"} or entry.name not in seen
            seen.add(entry.name)
        for ai, keeper in self._keepers.items():
            keeper.take_numbers(count[ai])

    def _told(self, index: int, entry: Entry | DefinitionError) -> BulkItem:
        try:
            if isinstance(entry, DefinitionError):
                raise entry
            shown = self._take(entry)
        except (Refusal, DefinitionError) as error:
            return refused(index, error)
        status = 201 if shown.revision == 1 else 200
        return BulkItem(index=index, status=status, workflow=shown.handle, etag=f'"{shown.revision}"')

    def _take(self, entry: Entry) -> Workflow:
        held = self._holders.get(entry.name, [])
        if not held or self._on_conflict == "allow":
            return self._create(entry)
        handles = [str(Handle("workflow", number)) for _, number in held]
        if self._on_conflict == "fail":
            raise NameTaken(entry.name, handles)
        if self._on_conflict == "rename":
            return self._create(_rewritten(self._renamed(entry)))
        if len(held) > 1:
            raise WorkflowAmbiguous(entry.name, handles)
        return self._update(str(held[0][0]), entry)

    def _create(self, entry: Entry) -> Workflow:
        told = entry.told
        request = WorkflowCreate(
            name=told.name, description=told.description, tags=told.tags, workflow_type=told.workflow_type
        )
        made = self._services[told.ai_workflow].create(request, entry.draft)
        if entry.name:
            number = int(made.handle.rpartition("_")[2])
            self._holders.setdefault(entry.name, []).append((made.id, -number if told.ai_workflow else number))
        return self._published(made, entry) if entry.versions else made

    def _update(self, reference: str, entry: Entry) -> Workflow:
        """Its draft, and what the file says of it; its versions are its own."""
        spec, told = entry.draft.spec, entry.told
        said = {
            "description": spec.description or None if told.description is None else told.description,
            "tags": list(spec.tags) or None if told.tags is None else told.tags,
        }
        return self._services[False].update(reference, WorkflowUpdate.model_validate(said), draft=entry.draft)

    def _renamed(self, entry: Entry) -> Entry:
        """The first number behind its names that makes them new."""
        numbered = (_with_number(entry, str(number)) for number in _TRIED)
        free = (other for other in numbered if not {other.name, other.draft.spec.workflow} & self._holders.keys())
        return next(free, None) or _with_number(entry, new_id().hex[-8:])

    def _published(self, made: Workflow, entry: Entry) -> Workflow:
        row = self._many.find(str(made.id))
        assert row is not None  # noqa: S101 - made a moment ago
        told = entry.told.versions
        versions = [_version(row, *pair, self._work) for pair in zip(told, entry.versions, strict=True)]
        labels = [
            WorkflowLabelRow(workflow_id=row.id, label=label, number=version.number)
            for version in told
            for label in version.labels
        ]
        self._repository.add_all([*versions, *labels])
        row.published_version, row.published_digest = versions[-1].number, versions[-1].digest
        row.status = entry.told.status
        self._keepers[False].emit("workflow.published", row, version=row.published_version, imported=len(versions))
        return to_workflow(row)


def _names(entries: Iterable[Entry], on_conflict: OnConflict) -> Iterator[str]:
    for entry in entries:
        yield entry.name
        if on_conflict == "rename" and entry.name:
            for number in _TRIED:
                other = _with_number(entry, str(number))
                yield from (other.name, other.draft.spec.workflow)


def _with_number(entry: Entry, number: str) -> Entry:
    name = f"{entry.draft.spec.workflow[: domain.MAX_NAME - len(number) - 1]}_{number}"
    told = entry.told.model_copy(update={"name": f"{entry.told.name} {number}"}) if entry.told.name else entry.told
    spec = entry.draft.spec.model_copy(update={"workflow": name})
    return replace(entry, draft=replace(entry.draft, spec=spec, named=True), told=told)


def _version(row: WorkflowRow, told: BundledVersion, draft: Draft, work: Work) -> WorkflowVersionRow:
    return WorkflowVersionRow(
        id=new_id(),
        workflow_id=row.id,
        number=told.number,
        digest=draft.digest,
        definition=draft.definition,
        source=draft.source,
        note=told.note,
        published_at=work.now,
        published_by=work.actor.name,
        revision=1,
    )


def _rewritten(entry: Entry) -> Entry:
    """Its text with its new name."""
    draft = entry.draft
    if draft.source is None:
        return entry
    from docchain.features.workflows.rewriting import rewritten  # noqa: PLC0415 - no start needs YAML

    text = rewritten(draft.source, {**read_text(draft.source), "workflow": draft.spec.workflow})
    return replace(entry, draft=replace(draft, source=text))


def entries_of(bundle: Bundle, kinds: Kinds) -> list[Entry | DefinitionError]:
    """Read and check all definitions of a bundle; faults name their file."""
    return [_entry(told, bundle.texts, kinds) for told in bundle.workflows]


def _entry(told: BundledWorkflow, texts: Mapping[str, str], kinds: Kinds) -> Entry | DefinitionError:
    file = told.file
    try:
        draft = read_draft(texts[file], kinds, keep_faults=True)
        versions = []
        for version in told.versions:
            file = version.file
            versions.append(named(read_draft(texts[file], kinds), told.name))
    except DefinitionError as error:
        return DefinitionError([replace(fault, path=f"{file}: {fault.path}") for fault in error.faults])
    return Entry(draft, told, versions)
