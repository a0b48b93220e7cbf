"""The approvals' reader of the journal: a waiting approval becomes a row, whatever ends the wait settles it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from docchain.engine.doors import JournalEntry
from docchain.engine.machine import facts as f
from docchain.features.approvals import domain
from docchain.features.approvals.repository import ApprovalRepository
from docchain.features.approvals.tables import ApprovalRow
from docchain.features.approvals.teaching import tell_values
from docchain.features.runs import known_workspaces
from docchain.platform.handles import next_number
from docchain.platform.ids import Handle, new_id
from docchain.platform.work import Work


class ApprovalReader:
    """Register it behind the runs' own reader, which knows each run's workspace."""

    name = "approvals"

    def handle(self, work: Work, entries: Sequence[JournalEntry]) -> None:
        concerned = {entry.run_id for entry in entries if _may_concern(entry)}
        if not concerned:
            return
        books = _Books(work, concerned)
        for entry in entries:
            if entry.run_id in concerned:
                for fact in entry.facts:
                    if take := _TAKE.get(type(fact)):
                        take(books, entry.run_id, fact)


def _may_concern(entry: JournalEntry) -> bool:
    """A run that starts and never waits within one entry has no approvals; most runs are like that."""
    if isinstance(entry.facts[0], f.Started):
        return f.Waiting in map(type, entry.facts)
    return True


class _Books:
    def __init__(self, work: Work, run_ids: set[UUID]) -> None:
        self.work = work
        self.approvals = ApprovalRepository(work.session)
        self.rows = self.approvals.of_runs(run_ids)
        self._run_ids = run_ids
        self._workspaces: dict[UUID, UUID] | None = None

    def workspace_of(self, run_id: UUID) -> UUID | None:
        if self._workspaces is None:
            self._workspaces = known_workspaces(self.work, self._run_ids)
        return self._workspaces.get(run_id)

    def settle(self, row: ApprovalRow, status: str, at: int) -> None:
        row.status, row.settled_at = status, _moment(at)


def _asked(books: _Books, run_id: UUID, fact: f.Waiting) -> None:
    known = books.rows.get((run_id, fact.step))
    if fact.request.get("kind") != domain.KIND or (known is not None and known.attempt == fact.attempt):
        return
    workspace_id = books.workspace_of(run_id)
    if workspace_id is None:
        return
    with books.work.inside(workspace_id):
        row = _new_row(run_id, fact, next_number(books.work, "approval"))
        books.approvals.add(row)
        data = {"approval": str(Handle("approval", row.number)), "run_id": str(run_id), "assignees": row.assignees}
        books.work.emit("approval.requested", "approval", row.id, data)
    books.rows[run_id, fact.step] = row


def _new_row(run_id: UUID, fact: f.Waiting, number: int) -> ApprovalRow:
    request = fact.request
    return ApprovalRow(
        id=new_id(),
        number=number,
        run_id=run_id,
        step=fact.step,
        attempt=fact.attempt,
        title=request.get("title", fact.step),
        message=request.get("message", ""),
        assignees=domain.assignees_of(request.get("assignees")),
        escalated=False,
        form=request.get("form", {}),
        data=request.get("data"),
        document=request.get("document"),
        status=domain.PENDING,
        created_at=_moment(fact.at),
        expires_at=None if fact.expires is None else _moment(fact.expires),
        comment="",
        values={},
    )


def _escalated(books: _Books, run_id: UUID, fact: f.Escalated) -> None:
    row = books.rows.get((run_id, fact.step))
    if row is None:
        return
    with books.work.inside(row.workspace_id):
        row.assignees = domain.assignees_of(fact.request.get("assignees"))
        row.escalated, row.expires_at = True, None
        books.approvals.assign(row)
        data = {"approval": str(Handle("approval", row.number)), "run_id": str(run_id), "assignees": row.assignees}
        books.work.emit("approval.escalated", "approval", row.id, data)


def _signalled(books: _Books, run_id: UUID, fact: f.Signalled) -> None:
    """The engine took an answer; the row says so already, unless its writing was undone by a restored backup."""
    row = books.rows.get((run_id, fact.step))
    if row is None or row.status != domain.PENDING or not isinstance(fact.payload, dict):
        return
    books.settle(row, fact.payload.get("decision", domain.APPROVED), fact.at)
    row.comment = fact.payload.get("comment", "")
    row.values = fact.payload.get("values", {})
    row.answered_by = fact.actor
    with books.work.inside(row.workspace_id):
        tell_values(books.work, row)


def _timed_out(books: _Books, run_id: UUID, fact: f.Done | f.Failed) -> None:
    """An approval step that ends without a signal ran out of time, even if an answer was on its way."""
    if (row := books.rows.get((run_id, fact.step))) is not None:
        books.settle(row, domain.EXPIRED, fact.at)


def _ended(books: _Books, run_id: UUID, fact: f.Ended | f.Stopping) -> None:
    for (run, _), row in books.rows.items():
        if run == run_id and row.status == domain.PENDING:
            books.settle(row, domain.CANCELLED, fact.at)


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1_000_000, UTC)


_TAKE: Final[dict[type, Callable[[_Books, UUID, Any], None]]] = {
    f.Waiting: _asked,
    f.Escalated: _escalated,
    f.Signalled: _signalled,
    f.Done: _timed_out,
    f.Failed: _timed_out,
    f.Stopping: _ended,
    f.Ended: _ended,
}
