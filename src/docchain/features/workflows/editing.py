"""Editing a draft node by node: read it, think it through outside of a transaction, store it if nobody was faster."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from docchain.engine.definition import read_text
from docchain.engine.kinds import Kinds
from docchain.features.workflows.domain import AsRead
from docchain.features.workflows.drafts import Draft, read_draft
from docchain.features.workflows.errors import WorkflowChanged
from docchain.features.workflows.keeping import Keeper
from docchain.features.workflows.presenting import handle_of, to_workflow
from docchain.features.workflows.schemas import Workflow
from docchain.features.workflows.service import WorkflowService
from docchain.platform.work import Work

Definition = dict[str, Any]
Edit = Callable[[Definition], Definition]


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit made of a draft of this revision, and the steps it has added; or why it made nothing."""

    revision: int
    outcome: Draft | Exception
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """A draft to be edited: as its author wrote it, where that is kept."""

    revision: int
    source: str | None
    definition: Definition
    named: bool

    def edited(self, edit: Edit, kinds: Kinds) -> Edited:
        """The draft after an edit, with its faults; this takes a while."""
        from docchain.features.workflows.rewriting import rewritten  # noqa: PLC0415 - no start needs YAML

        try:
            before = self.definition if self.source is None else read_text(self.source)
            after = edit(before)
            draft = read_draft(after, kinds, keep_faults=True)
            source = None if self.source is None else rewritten(self.source, after)
        except Exception as error:  # noqa: BLE001 - raised where the transaction sees it
            return Edited(self.revision, error)
        known = {step["id"] for step in before.get("steps") or ()}
        added = tuple(step.id for step in draft.spec.steps if step.id not in known)
        named = self.named if self.source is None else draft.named
        return Edited(self.revision, Draft(draft.spec, source, named, draft.faults), added)


class EditingService:
    def __init__(self, work: Work, kinds: Kinds) -> None:
        self._work = work
        self._kinds = kinds
        self._keeper = Keeper(work)

    def base(self, reference: str, *, to_change: bool = False) -> Base:
        """Of one that is `to_change`, nobody else is faster until this transaction ends."""
        row = self._keeper.claim(reference) if to_change else self._keeper.find(reference)
        return Base(row.revision, row.source, row.draft, "name" not in row.proposed)

    def put(self, reference: str, edited: Edited, revision: AsRead = None) -> Workflow:
        """Store an edit of the draft that was read.

        Raises:
            WorkflowChanged: somebody else was faster, or the draft is not the one of `revision`.
        """
        row = self._keeper.claim(reference, revision)
        if row.revision != edited.revision:
            raise WorkflowChanged(handle_of(row), row.revision)
        draft = edited.outcome
        if isinstance(draft, Exception):
            raise draft
        if (draft.digest, draft.source) == (row.draft_digest, row.source):
            return to_workflow(row)
        return WorkflowService(self._work, self._kinds).put(row, draft)
