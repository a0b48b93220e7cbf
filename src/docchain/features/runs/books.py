"""What the journal says of one run, as far as the run list shows it; facts only, no I/O.

Moments that facts tell are microseconds since the epoch, and stay so until they are written down.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from docchain.engine.machine import facts as f
from docchain.features.runs.domain import CALLED, ENDED, IN_DOUBT, PAUSED, QUEUED, RUNNING, WAITING, waits_for

Note = tuple[str, "Books", int, dict[str, Any]]
"""An event to be: its type, whose it is, when, and what it says beside the run."""


@dataclass(slots=True)
class Books:
    """One run while a batch of its facts is read. A run that waits for its moment to start is queued."""

    run_id: UUID
    workspace_id: UUID
    label: str
    actor: str
    number: int = 0
    started: f.Started | None = None
    status: str = QUEUED
    paused: bool = False
    waits: dict[str, str] = field(default_factory=dict)
    started_at: datetime | int | None = None
    ended_at: datetime | int | None = None
    output: Any = None
    failure: str = ""
    message: str = ""
    failed_step: str = ""
    workflow_id: UUID | None = None

    def take(self, facts: list[Any], notes: list[Note]) -> None:
        """Book facts in their order; what others should hear of goes to `notes`."""
        for fact in facts:
            if book := _BOOK.get(type(fact)):
                book(self, fact, notes)
        if self.status not in ENDED:
            self.status = self._open_status()

    def _open_status(self) -> str:
        if self.paused:
            return PAUSED
        if self.started_at is None:
            return QUEUED
        return WAITING if self.waits else RUNNING


def _started(books: Books, fact: f.Started, notes: list[Note]) -> None:
    books.started = fact
    if fact.not_before is None or fact.not_before <= fact.at:
        _begin(books, fact.at, notes)


def _fired(books: Books, fact: f.Fired, notes: list[Note]) -> None:
    """A timer of no step is the run's own: the moment to start."""
    if not fact.step and books.started_at is None:
        _begin(books, fact.at, notes)


def _begin(books: Books, at: int, notes: list[Note]) -> None:
    books.started_at = at
    notes.append(("run.started", books, at, {}))


def _waiting(books: Books, fact: f.Waiting, notes: list[Note]) -> None:
    _wait(books, fact, waits_for(fact.signal, fact.request.get("kind")), notes)


def _called(books: Books, fact: f.Called, _notes: list[Note]) -> None:
    books.waits[fact.step] = CALLED


def _unknown(books: Books, fact: f.Unknown, notes: list[Note]) -> None:
    if fact.policy == "park":
        _wait(books, fact, IN_DOUBT, notes)


def _wait(books: Books, fact: f.Waiting | f.Unknown, reason: str, notes: list[Note]) -> None:
    books.waits[fact.step] = reason
    notes.append(("run.waiting", books, fact.at, {"step": fact.step, "for": reason}))


def _settled(
    books: Books, fact: f.Done | f.Failed | f.Signalled | f.Retry | f.Skipped | f.Gathered, _notes: list[Note]
) -> None:
    if books.waits:
        _forget(books, fact.step)


def _forget(books: Books, step: str) -> None:
    """What settles a step that maps settles its items, too."""
    items = f"{step}["
    for waiting in [name for name in books.waits if name == step or name.startswith(items)]:
        del books.waits[waiting]


def _paused(books: Books, fact: f.Paused, notes: list[Note]) -> None:
    books.paused = True
    notes.append(("run.paused", books, fact.at, {}))


def _resumed(books: Books, fact: f.Resumed, notes: list[Note]) -> None:
    books.paused = False
    notes.append(("run.resumed", books, fact.at, {}))


def _ended(books: Books, fact: f.Ended, notes: list[Note]) -> None:
    books.status = fact.status
    books.paused = False
    books.waits = {step: reason for step, reason in books.waits.items() if reason == IN_DOUBT}
    books.ended_at = fact.at
    books.output = fact.output
    books.failure, books.message, books.failed_step = fact.failure, fact.message, fact.step
    told = {"failure": fact.failure, "step": fact.step} if fact.failure else {}
    notes.append(("run.finished", books, fact.at, {"status": fact.status, **told}))


def _reopened(books: Books, fact: f.Reopened, notes: list[Note]) -> None:
    books.status = RUNNING
    books.ended_at = books.output = None
    books.failure = books.message = books.failed_step = ""
    if books.started_at is None:  # cancelled before its moment: it begins now
        books.started_at = fact.at
    for step in fact.steps:
        _forget(books, step)
    notes.append(("run.reopened", books, fact.at, {"steps": list(fact.steps)}))


_BOOK: Final[dict[type, Callable[[Books, Any, list[Note]], None]]] = {
    f.Started: _started,
    f.Fired: _fired,
    f.Waiting: _waiting,
    f.Called: _called,
    f.Unknown: _unknown,
    f.Done: _settled,
    f.Failed: _settled,
    f.Skipped: _settled,
    f.Gathered: _settled,
    f.Signalled: _settled,
    f.Retry: _settled,
    f.Paused: _paused,
    f.Resumed: _resumed,
    f.Ended: _ended,
    f.Reopened: _reopened,
}
