"""Use cases of corrections: keep, list, withdraw, hand out as examples; every change is an event."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from docchain.features.ai.learning.errors import CorrectionNotFound, TooManyCorrections
from docchain.features.ai.learning.repository import KIND, CorrectionRepository
from docchain.features.ai.learning.schemas import CorrectedField, Correction, CorrectionQuery, ExampleLine
from docchain.features.ai.learning.tables import AiCorrectionRow
from docchain.features.documents import DocumentRef
from docchain.platform.handles import next_number
from docchain.platform.ids import Handle, new_id
from docchain.platform.pagination import Page
from docchain.platform.work import Work

if TYPE_CHECKING:
    from docchain.features.extraction import Lesson

MOST: Final = 10_000
KEPT, REFUSED, WAITING, WITHDRAWN = "kept", "refused", "waiting", "withdrawn"
_SHOWN: Final = tuple(name for name in Correction.model_fields if name not in {"handle", "schema_", "fields"})


class CorrectionService:
    """Works in any transaction of a workspace.

    Args:
        work: the transaction.
        most: corrections that a workspace may keep.
    """

    def __init__(self, work: Work, most: int = MOST) -> None:
        self._work, self._most = work, most
        self._rows = CorrectionRepository(work.session)

    def page(self, wanted: CorrectionQuery, document: UUID | None) -> Page[Correction]:
        given = {
            "document_id": document, "schema_key": wanted.schema_key, "state": wanted.state, "origin": wanted.origin
        }  # fmt: skip
        where = {name: value for name, value in given.items() if value is not None}
        rows, cursor, total = self._rows.page(wanted.page(), where)
        return Page[Correction](items=[to_correction(row) for row in rows], next_cursor=cursor, total=total)

    def add(self, **told: Any) -> AiCorrectionRow:
        """The same as `note`, within the bound. Raises `TooManyCorrections`."""
        if self._rows.number_of() >= self._most:
            raise TooManyCorrections(f"There are {self._most:,} corrections.", hint="Withdraw some.")
        return self.note(**told)

    def note(self, **told: Any) -> AiCorrectionRow:
        """A row of what somebody said; document, schema and lesson come with `settle`, now or later."""
        blank = {"document_id": None, "document": None, "schema_key": "", "asked": None, "approval_id": None}
        row = AiCorrectionRow(
            id=new_id(),
            number=next_number(self._work, KIND),
            **blank
            | {"fields": {}, "refused": {}, "fingerprint": {}, "withdrawn_at": None, "withdrawn_by": None}
            | {"run_id": None, "step": "", "created_at": self._work.now, "created_by": self._work.actor.name}
            | told,
        )
        self._rows.add(row)
        return row

    def settle(self, row: AiCorrectionRow, document: DocumentRef, asked: Any, key: str, lesson: "Lesson") -> Correction:
        """Keep what a paper teaches; where it teaches nothing, say why."""
        row.document_id, row.document = document.document_id, document.model_dump(mode="json")
        row.asked, row.schema_key = asked, key
        row.fields = msgspec.to_builtins(lesson.fields)
        row.refused, row.fingerprint = lesson.refused, lesson.fingerprint
        row.state = KEPT if lesson.fields else REFUSED
        if row.state == KEPT:
            self._rows.keep_buckets(row, lesson.buckets)
        return self._told(row.state, row)

    def withdraw(self, reference: str) -> None:
        """It has no effect from now on; what it was stays to be looked up."""
        row = self._rows.find(reference)
        if row is None:
            raise CorrectionNotFound(f"There is no correction {reference[:100]!r}.", hint="GET /ai/corrections lists.")
        if row.state == WITHDRAWN:
            return
        row.state, row.withdrawn_at, row.withdrawn_by = WITHDRAWN, self._work.now, self._work.actor.name
        self._rows.drop_buckets([row.id])
        self._told("withdrawn", row)

    def examples(self, schema_key: str) -> Iterator[ExampleLine]:
        """What is known to be right, by document; of a field that was corrected twice, the newer value."""
        known: dict[str, ExampleLine] = {}
        for row in self._rows.kept(schema_key):
            line = ExampleLine(input=DocumentRef(**row.document), expected={})
            line = known.setdefault(row.document["version_id"], line)
            line.expected.update({name: told["value"] for name, told in row.fields.items()})
        yield from known.values()

    def _told(self, what: str, row: AiCorrectionRow) -> Correction:
        """Names of fields only: what they say is nobody's business in the log."""
        told = {"correction": handle_of(row), "document_id": str(row.document_id), "fields": sorted(row.fields)}
        self._work.emit(f"ai.correction_{what}", KIND, row.id, told)
        return to_correction(row)


def examples_of(work: Work, schema: str | Mapping[str, Any]) -> Iterator[ExampleLine]:
    """Documents with the fields that people said are right, for an evaluation set."""
    from docchain.features.extraction import schema_key  # noqa: PLC0415 - brings all of extraction

    return CorrectionService(work).examples(schema_key(schema))


def handle_of(row: AiCorrectionRow) -> str:
    return str(Handle(KIND, row.number))


def to_correction(row: AiCorrectionRow) -> Correction:
    fields = {
        name: CorrectedField(**{part: told.get(part) for part in CorrectedField.model_fields})
        for name, told in row.fields.items()
    }
    told = {name: getattr(row, name) for name in _SHOWN}
    return Correction(handle=handle_of(row), fields=fields, schema=row.asked, **told)
