"""What the journal says of one run, as far as the run list shows it; facts only, no I/O."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from docchain.engine.machine import facts as f
from docchain.features.runs.domain import ENDED, IN_DOUBT, QUEUED, RUNNING, WAITING, moment, waits_for

Note = tuple[str, "Books", datetime, dict[str, Any]]
"""An event to be: its type, whose it is, when, and what it says beside the run."""


@dataclass(slots=True)
class Books:
    """One run while a batch of its facts is read."""

    run_id: UUID
    workspace_id: UUID
    label: str
    actor: str
    number: int = 0
    started: f.Started | None = None
    status: str = QUEUED
    waits: dict[str, str] = field(default_factory=dict)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    output: Any = None
    failure: str = ""
    message: str = ""
    failed_step: str = ""

    def take(self, facts: list[Any], notes: list[Note]) -> None:
        """Book facts in their order; what others should hear of goes to `notes`."""
        for fact in facts:
            if book := _BOOK.get(type(fact)):
                book(self, fact, notes)
        if self.status not in ENDED and self.status != QUEUED:
            self.status = WAITING if self.waits else RUNNING


def _started(books: Books, fact: f.Started, notes: list[Note]) -> None:
    books.started = fact
    books.status = RUNNING
    books.started_at = moment(fact.at)
    notes.append(("run.started", books, books.started_at, {}))


def _waiting(books: Books, fact: f.Waiting, notes: list[Note]) -> None:
    _wait(books, fact, waits_for(fact.signal, fact.request.get("kind")), notes)


def _unknown(books: Books, fact: f.Unknown, notes: list[Note]) -> None:
    if fact.policy == "park":
        _wait(books, fact, IN_DOUBT, notes)


def _wait(books: Books, fact: f.Waiting | f.Unknown, reason: str, notes: list[Note]) -> None:
    books.waits = {**books.waits, fact.step: reason}
    notes.append(("run.waiting", books, moment(fact.at), {"step": fact.step, "for": reason}))


def _settled(books: Books, fact: f.Done | f.Failed | f.Signalled | f.Retry, _notes: list[Note]) -> None:
    if fact.step in books.waits:
        books.waits = {step: reason for step, reason in books.waits.items() if step != fact.step}


def _ended(books: Books, fact: f.Ended, notes: list[Note]) -> None:
    books.status = fact.status
    books.waits = {step: reason for step, reason in books.waits.items() if reason == IN_DOUBT}
    books.ended_at = moment(fact.at)
    books.output = fact.output
    books.failure, books.message, books.failed_step = fact.failure, fact.message, fact.step
    told = {"failure": fact.failure, "step": fact.step} if fact.failure else {}
    notes.append(("run.finished", books, books.ended_at, {"status": fact.status, **told}))


_BOOK: Final[dict[type, Callable[[Books, Any, list[Note]], None]]] = {
    f.Started: _started,
    f.Waiting: _waiting,
    f.Unknown: _unknown,
    f.Done: _settled,
    f.Failed: _settled,
    f.Signalled: _settled,
    f.Retry: _settled,
    f.Ended: _ended,
}
