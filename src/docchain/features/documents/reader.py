"""Rows for what steps made: reads the engine's journal; reading the same facts again changes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from docchain.engine.doors import JournalEntry
from docchain.engine.machine.facts import Done
from docchain.features.documents.descent import inherit
from docchain.features.documents.domain import KIND, handle_of
from docchain.features.documents.intake.entries import entry_of
from docchain.features.documents.intake.service import IntakeService
from docchain.features.documents.likeness.repository import LikenessRepository
from docchain.features.documents.parsing.model import MEDIA_TYPE
from docchain.features.documents.products import VersionMade, read_product
from docchain.features.documents.readings import keep_readings, readings_in
from docchain.features.documents.repository import DocumentRepository
from docchain.features.documents.storage.service import StorageService
from docchain.features.documents.tables import DocumentRow, DocumentVersionRow, VersionInputRow
from docchain.platform.handles import next_number
from docchain.platform.work import Work


@dataclass(frozen=True, slots=True)
class _Made:
    version: VersionMade
    at: datetime


class DocumentReader:
    """A reader of the journal."""

    name = "documents"

    def handle(self, work: Work, entries: Sequence[JournalEntry]) -> None:
        by_workspace: dict[UUID, list[_Made]] = {}
        for made in _versions_made(entries):
            by_workspace.setdefault(made.version.workspace_id, []).append(made)
        for workspace_id, versions in by_workspace.items():
            with work.inside(workspace_id):
                _Register(work).add(versions)
        keep_readings(work, readings_in(entries))


class _Register:
    """Adds versions within one workspace."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._documents = DocumentRepository(work)

    def add(self, versions: Iterable[_Made]) -> None:
        unique = {made.version.version_id: made for made in versions}
        known = self._documents.versions(unique)
        fresh = [made for version_id, made in unique.items() if version_id not in known]
        ids = {made.version.document_id for made in fresh}
        rows, numbers = self._documents.documents(ids), self._documents.last_numbers(ids)
        new = ids - rows.keys()
        handle_number = next_number(self._work, KIND, len(new)) if new else 0
        for made in fresh:
            document_id = made.version.document_id
            parent = rows[document_id].current_version_id if document_id in rows else None
            numbers[document_id] = numbers.get(document_id, 0) + 1
            if parent is None:
                rows[document_id] = _document(made, handle_number)
                handle_number += 1
            self._add(rows[document_id], _version(made, numbers[document_id], parent), made)
        inherit(self._work, {made.version.document_id for made in fresh if made.version.inputs})
        self._queue_texts(fresh)
        came = [entry_of(made.version, made.at) for made in fresh if made.version.came is not None]
        if came:
            IntakeService(self._work).note_made(came)
        if fresh:
            StorageService(self._work).count(sum(made.version.size for made in fresh), len(new))

    def _queue_texts(self, fresh: Sequence[_Made]) -> None:
        """Texts that were read are compared with others later."""
        texts = [made for made in fresh if made.version.media_type == MEDIA_TYPE]
        known = self._documents.versions([given for made in texts for given in made.version.inputs])
        for made in texts:
            for source in (known[given] for given in made.version.inputs if given in known):
                LikenessRepository(self._work).queue(source.document_id, source.id, made.version.sha256, made.at)

    def _add(self, row: DocumentRow, version: DocumentVersionRow, made: _Made) -> None:
        row.current_version_id, row.name, row.media_type = version.id, version.name, version.media_type
        row.revision = version.number if version.number == 1 else row.revision + 1
        self._documents.add(row)
        edges = [VersionInputRow(version_id=version.id, input_version_id=given) for given in made.version.inputs]
        self._documents.add(version, *edges)
        data = {
            "handle": handle_of(row.number),
            "name": row.name,
            "version": version.number,
            "run_id": str(made.version.run_id),
            "step": made.version.step,
        }
        self._work.emit("document.made", KIND, row.id, data)


def _versions_made(entries: Sequence[JournalEntry]) -> Iterator[_Made]:
    for entry in entries:
        for fact in entry.facts:
            if isinstance(fact, Done) and fact.products:
                at = datetime.fromtimestamp(fact.at / 1_000_000, UTC)
                records = map(read_product, fact.products)
                yield from (_Made(record, at) for record in records if record is not None)


def _document(made: _Made, number: int) -> DocumentRow:
    return DocumentRow(
        id=made.version.document_id,
        number=number,
        name=made.version.name,
        media_type=made.version.media_type,
        origin="step",
        current_version_id=made.version.version_id,
        created_at=made.at,
        created_by=made.version.actor,
    )


def _version(made: _Made, number: int, parent: UUID | None) -> DocumentVersionRow:
    version = made.version
    return DocumentVersionRow(
        id=version.version_id,
        document_id=version.document_id,
        number=number,
        sha256=version.sha256,
        size=version.size,
        media_type=version.media_type,
        name=version.name,
        created_at=made.at,
        created_by=version.actor,
        parent_version_id=parent,
        origin="step",
        inline=version.inline,
        run_id=version.run_id,
        step=version.step,
        attempt=version.attempt,
        step_kind=version.step_kind,
        step_kind_version=version.step_kind_version,
    )
