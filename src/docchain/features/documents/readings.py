"""Values that steps read out of documents, kept with the version they were read from; nothing is guessed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from docchain.engine.doors import JournalEntry
from docchain.engine.machine.facts import Done
from docchain.features.documents.repository import DocumentRepository
from docchain.features.documents.schemas import references_in
from docchain.features.documents.tables import DocumentVersionRow, VersionFieldsRow
from docchain.platform.work import Work


@dataclass(frozen=True, slots=True)
class Reading:
    """The fields of one step's outcome."""

    run_id: UUID
    step: str
    fields: dict[str, Any]
    at: datetime
    source: UUID | None = None


def readings_in(entries: Sequence[JournalEntry]) -> Iterator[Reading]:
    for entry in entries:
        for fact in entry.facts:
            if isinstance(fact, Done) and isinstance(fact.output, dict) and (fields := _fields(fact.output)):
                at = datetime.fromtimestamp(fact.at / 1_000_000, UTC)
                yield Reading(entry.run_id, fact.step, fields, at, _named(fact.output))


def keep_readings(work: Work, readings: Iterable[Reading]) -> None:
    """Keep those of which the run says what they are of: a named `source`, or its only parsed version (or item)."""
    found = list(readings)
    if not found:
        return
    documents = DocumentRepository(work)
    parsed = documents.parsed_by_runs({reading.run_id for reading in found})
    named = documents.versions({reading.source for reading in found if reading.source is not None})
    for reading in found:
        theirs = [row for row in parsed if row.run_id == reading.run_id]
        source = named[reading.source] if reading.source in named else _source(reading, theirs)
        if source is not None:
            with work.inside(source.workspace_id):
                documents.keep(_row(reading, source))


def _row(reading: Reading, source: DocumentVersionRow) -> VersionFieldsRow:
    return VersionFieldsRow(
        workspace_id=source.workspace_id,
        run_id=reading.run_id,
        step=reading.step,
        version_id=source.id,
        fields=reading.fields,
        made_at=reading.at,
    )


def _fields(output: Mapping[str, Any]) -> dict[str, Any]:
    fields = output.get("fields")
    if not isinstance(fields, dict):
        return {}
    return {name: found for name, found in fields.items() if isinstance(found, dict) and "value" in found}


def _named(output: Mapping[str, Any]) -> UUID | None:
    """The document that a step says it read, if it read the document itself."""
    return next((reference.version_id for reference in references_in(output.get("source"))), None)


def _source(reading: Reading, parsed: Sequence[DocumentVersionRow]) -> DocumentVersionRow | None:
    item = _item(reading.step)
    same = [row for row in parsed if _item(row.step or "") == item] or list(parsed)
    return same[0] if len(same) == 1 else None


def _item(step: str) -> str:
    """`[3]` of `fields[3]`."""
    return step[step.index("[") :] if "[" in step else ""
