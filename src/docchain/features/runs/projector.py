"""The runs' own reader of the journal: rows of the run list, and the events a run emits, many at a time."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Row

from docchain.engine.doors import JournalEntry
from docchain.engine.machine.facts import Started
from docchain.features.runs.books import Books, Note
from docchain.features.runs.domain import ENDED, IN_DOUBT, PAUSED, UNLISTED
from docchain.features.runs.orders import SYSTEM
from docchain.features.runs.reader_repository import known_runs
from docchain.features.runs.repository import RunRepository
from docchain.features.runs.tables import RunRow
from docchain.platform.bulk import encode_json, insert_many, update_many
from docchain.platform.handles import next_number
from docchain.platform.ids import new_ids
from docchain.platform.work import Work

MAX_LISTED_OUTPUT: Final = 16_384
ORIGIN: Final = "origin"


class RunProjector:
    """A run that starts and ends within one batch is written once."""

    name = "runs"

    def handle(self, work: Work, entries: Sequence[JournalEntry]) -> None:
        known = known_runs(work.session, {entry.run_id for entry in entries if not _is_new(entry)})
        # Keyed by number: hashing a UUID costs ten times as much.
        books = {row.id.int: _books_of(row) for row in known}
        before = {key: _changing(book) for key, book in books.items()}
        added: list[Books] = []
        notes: list[Note] = []
        for entry in entries:
            key = entry.run_id.int
            book = books.get(key)
            if book is None:
                if (book := _open_books(entry)) is None:
                    continue
                books[key] = book
                added.append(book)
            book.take(entry.facts, notes)
        if added:
            _number(work, added)
            insert_many(work.session, RunRow, [_new_row(book) for book in added])
        self._update(work, [(books[key], shown) for key, shown in before.items()])
        work.emit_many(map(_event, notes, new_ids(len(notes))))

    def _update(self, work: Work, known: Iterable[tuple[Books, dict[str, Any]]]) -> None:
        """Write the rows that were there already, where something changed."""
        changes = [(book, now) for book, was in known if (now := _changing(book)) != was]
        if changes:
            rows = [{"id": book.run_id, "workspace_id": book.workspace_id, **now} for book, now in changes]
            update_many(work.session, RunRow, rows)
        if ended := [book.run_id for book, _ in changes if book.status in ENDED]:
            RunRepository(work.session).remove_commands_of(ended)


def _is_new(entry: JournalEntry) -> bool:
    """Whether it begins a run that no door ordered; only those have no row yet."""
    first = entry.facts[0]
    return isinstance(first, Started) and (first.parent is not None or ORIGIN not in first.attributes)


def _books_of(row: Row[Any]) -> Books:
    return Books(
        row.id,
        row.workspace_id,
        row.label,
        row.actor,
        row.number,
        status=row.status,
        paused=row.status == PAUSED,
        waits=dict(row.waits),
        started_at=row.started_at,
        ended_at=row.ended_at,
        workflow_id=row.workflow_id,
        output=row.output,
        failure=row.failure,
        message=row.message,
        failed_step=row.failed_step,
    )


def _open_books(entry: JournalEntry) -> Books | None:
    """Books of a run that was started at the engine itself."""
    started = entry.facts[0]
    if not isinstance(started, Started):
        return None
    books = Books(entry.run_id, _uuid(started.workspace), started.label, started.actor)
    if workflow_id := started.attributes.get("workflow_id"):
        books.workflow_id = _uuid(workflow_id)
    return books


@lru_cache(1_024)
def _uuid(text: str) -> UUID:
    return UUID(text)


def _number(work: Work, added: Iterable[Books]) -> None:
    by_workspace: dict[UUID, list[Books]] = {}
    for book in added:
        by_workspace.setdefault(book.workspace_id, []).append(book)
    for workspace_id, books in by_workspace.items():
        with work.inside(workspace_id):
            first = next_number(work, "run", len(books))
        for number, book in enumerate(books, first):
            book.number = number


def _new_row(book: Books) -> dict[str, Any]:
    started = book.started
    assert started is not None  # noqa: S101 - new books open with it
    attributes = started.attributes
    source_id = attributes.get("source_id")
    origin, parent = attributes.get(ORIGIN, "engine"), started.parent
    return {
        "id": book.run_id,
        "workspace_id": book.workspace_id,
        "number": book.number,
        "workflow_id": book.workflow_id,
        "workflow_number": attributes.get("workflow_number"),
        "workflow_version": attributes.get("workflow_version"),
        "label": book.label,
        "origin": origin,
        "definition": started.definition,
        "actor": book.actor,
        "inputs": started.inputs,
        "warnings": attributes.get("warnings", []),
        "created_at": started.at,
        "mode": attributes.get("mode") or ("dry" if started.dry else "normal"),
        "priority": started.priority,
        "start_at": started.not_before,
        "parent_id": _uuid(parent.run) if parent else None,
        "parent_step": parent.step if parent else None,
        "source_id": _uuid(source_id) if source_id else None,
        "source_how": attributes.get("source_how"),
        "listed": parent is None and origin != SYSTEM,
        **_changing(book),
    }


def _changing(book: Books) -> dict[str, Any]:
    return {
        "status": book.status,
        "waits": dict(book.waits),
        "in_doubt": IN_DOUBT in book.waits.values(),
        "output": _listed(book.output),
        "failure": book.failure,
        "message": book.message,
        "failed_step": book.failed_step,
        "started_at": book.started_at,
        "ended_at": book.ended_at,
    }


def _listed(output: Any) -> Any:
    """Long outputs are read from the engine, run by run; a list would drag them along."""
    if output is None or isinstance(output, bool | int | float):
        return output
    encoded = encode_json(output)
    return UNLISTED if len(encoded) > MAX_LISTED_OUTPUT else msgspec.Raw(encoded)


def _event(note: Note, id_: UUID) -> dict[str, Any]:
    type_, book, at, told = note
    of = {} if book.workflow_id is None else {"workflow_id": str(book.workflow_id)}
    return {
        "id": id_,
        "workspace_id": book.workspace_id,
        "type": type_,
        "subject_kind": "run",
        "subject_id": book.run_id,
        "actor": book.actor,
        "at": at,
        "data": {"run": f"run_{book.number}", "workflow": book.label, **of, **told},
    }
