"""The runs' own reader of the journal: rows of the run list, and the events a run emits, many at a time."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import msgspec

from docchain.engine.doors import JournalEntry
from docchain.engine.machine.facts import Started
from docchain.features.runs.books import Books, Note
from docchain.features.runs.domain import ENDED, IN_DOUBT
from docchain.features.runs.repository import RunRepository, known_rows
from docchain.features.runs.tables import RunRow
from docchain.platform.bulk import insert_many
from docchain.platform.handles import next_number
from docchain.platform.ids import new_id
from docchain.platform.work import Work

MAX_LISTED_OUTPUT: Final = 16_384
ORIGIN: Final = "origin"
_size = msgspec.json.Encoder().encode


class RunProjector:
    """A run that starts and ends within one batch is written once."""

    name = "runs"

    def handle(self, work: Work, entries: Sequence[JournalEntry]) -> None:
        rows = known_rows(work.session, {entry.run_id for entry in entries if not _is_new(entry)})
        books = {run_id: _books_of(row) for run_id, row in rows.items()}
        notes: list[Note] = []
        for entry in entries:
            book = books.get(entry.run_id) or _open_books(entry)
            if book is not None:
                books[entry.run_id] = book
                book.take(entry.facts, notes)
        added = [book for run_id, book in books.items() if run_id not in rows]
        _number(work, added)
        if added:
            insert_many(work.session, RunRow, [_new_row(book) for book in added])
        for run_id, row in rows.items():
            _update(row, books[run_id])
        ended = [run_id for run_id in rows if books[run_id].status in ENDED]
        if ended:
            RunRepository(work.session).remove_commands_of(ended)
        work.emit_many(_event(note) for note in notes)


def _is_new(entry: JournalEntry) -> bool:
    """Whether it begins a run that no door ordered; only those have no row yet."""
    first = entry.facts[0]
    return isinstance(first, Started) and ORIGIN not in first.attributes


def _books_of(row: RunRow) -> Books:
    return Books(
        row.id,
        row.workspace_id,
        row.label,
        row.actor,
        row.number,
        status=row.status,
        waits=row.waits,
        started_at=row.started_at,
        ended_at=row.ended_at,
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
    return Books(entry.run_id, _workspace(started.workspace), started.label, started.actor)


@lru_cache(1_024)
def _workspace(text: str) -> UUID:
    return UUID(text)


def _number(work: Work, added: Iterable[Books]) -> None:
    by_workspace = sorted(added, key=lambda book: (book.workspace_id, book.run_id))
    for workspace_id, group in groupby(by_workspace, key=lambda book: book.workspace_id):
        books = list(group)
        with work.inside(workspace_id):
            first = next_number(work, "run", len(books))
        for number, book in enumerate(books, first):
            book.number = number


def _new_row(book: Books) -> dict[str, Any]:
    started = book.started
    assert started is not None  # noqa: S101 - new books open with it
    attributes = started.attributes
    workflow_id = attributes.get("workflow_id")
    return {
        "id": book.run_id,
        "workspace_id": book.workspace_id,
        "number": book.number,
        "workflow_id": UUID(workflow_id) if workflow_id else None,
        "workflow_number": attributes.get("workflow_number"),
        "workflow_version": attributes.get("workflow_version"),
        "label": book.label,
        "origin": attributes.get(ORIGIN, "engine"),
        "definition": started.definition,
        "actor": book.actor,
        "inputs": started.inputs,
        "warnings": attributes.get("warnings", []),
        "created_at": book.started_at,
        **_changing(book),
    }


def _changing(book: Books) -> dict[str, Any]:
    return {
        "status": book.status,
        "waits": book.waits,
        "in_doubt": IN_DOUBT in book.waits.values(),
        "output": _listed(book.output),
        "failure": book.failure,
        "message": book.message,
        "failed_step": book.failed_step,
        "started_at": book.started_at,
        "ended_at": book.ended_at,
    }


def _listed(output: Any) -> Any:
    """Large outputs are read from the engine, run by run; a list would drag them along."""
    if output is None or isinstance(output, bool | int | float):
        return output
    return None if len(_size(output)) > MAX_LISTED_OUTPUT else output


def _update(row: RunRow, book: Books) -> None:
    for name, value in _changing(book).items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _event(note: Note) -> dict[str, Any]:
    type_, book, at, told = note
    return {
        "id": new_id(),
        "workspace_id": book.workspace_id,
        "type": type_,
        "subject_kind": "run",
        "subject_id": book.run_id,
        "actor": book.actor,
        "at": at,
        "data": {"run": f"run_{book.number}", "workflow": book.label, **told},
    }
