"""The ledger: each entry is written in the transaction of what became of it, once for each source and key."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from docchain.features.documents.domain import clean_name
from docchain.features.documents.intake.arrivals import Arrival, Received
from docchain.features.documents.intake.errors import FileRefused, IntakeNotFound, RulesChanged
from docchain.features.documents.intake.repository import IntakeRepository
from docchain.features.documents.intake.schemas import IntakeFilter, IntakeItem, IntakeRules
from docchain.features.documents.intake.tables import IntakeItemRow
from docchain.features.documents.repository import DocumentRepository
from docchain.features.documents.schemas import Document
from docchain.features.documents.service import DocumentService
from docchain.platform.ids import new_id
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.preconditions import ANY, Expected
from docchain.platform.work import Work

KIND: Final = "intake"


class IntakeService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._intake = IntakeRepository(work)

    def known(self, source: str, key: str) -> IntakeItem | None:
        """What became of this thing, if it came before."""
        row = self._intake.known(source, key)
        return None if row is None else _item(row)

    def known_keys(self, source: str, keys: list[str]) -> set[str]:
        return self._intake.known_keys(source, keys)

    def accept(self, received: Received, make: Callable[[], Document] | None = None) -> Document | None:
        """Make a document of what was received, and write it down; `None` if it came before.

        Args:
            received: what is stored.
            make: how the document is made; without it, one is registered.
        """
        arrival, stored = received.arrival, received.stored
        entry = _entry(self._work, arrival) | {
            "outcome": "accepted",
            "seen_type": received.seen_type,
            "size": stored.size,
            "sha256": stored.sha256,
        }
        if not self._intake.claim(entry):
            return None
        document = (make or (lambda: self._register(received)))()
        row = self._found(entry["id"])
        row.document_id, row.version_id = document.id, document.current.id
        row.duplicate_of = document.duplicate_of
        data = {"source": row.source, "name": row.name, "document_id": str(document.id), "sha256": stored.sha256}
        self._work.emit("intake.accepted", KIND, row.id, data)
        return document

    def skip_duplicate(self, received: Received) -> IntakeItem | None:
        """Write down that a document has these bytes already, if one has."""
        first = DocumentRepository(self._work).first_with(received.stored.sha256)
        if first is None:
            return None
        arrival = received.arrival
        entry = _entry(self._work, arrival) | {
            "outcome": "duplicate",
            "seen_type": received.seen_type,
            "size": received.stored.size,
            "sha256": received.stored.sha256,
            "duplicate_of": first,
        }
        if self._intake.claim(entry):
            data = {"source": arrival.source, "name": entry["name"], "duplicate_of": str(first)}
            self._work.emit("intake.duplicate", KIND, entry["id"], data)
        return self.known(arrival.source, arrival.key)

    def refuse(self, arrival: Arrival, refusal: FileRefused, about: dict[str, Any] | None = None) -> IntakeItem:
        """Write down that something stays out; what came before stays as it was."""
        entry = _entry(self._work, arrival) | {
            "outcome": "refused",
            "reason": refusal.reason,
            "detail": refusal.detail,
            **(about or {}),
        }
        if self._intake.claim(entry):
            data = {"source": arrival.source, "name": entry["name"], "reason": refusal.reason, "detail": refusal.detail}
            self._work.emit("intake.refused", KIND, entry["id"], data)
        row = self._intake.known(arrival.source, arrival.key)
        assert row is not None  # noqa: S101 - it was written just now, or before
        return _item(row)

    def note_made(self, entries: list[dict[str, Any]]) -> None:
        """Write down what steps brought in; reading of it again changes nothing."""
        rows = [{"id": new_id(), "source": "step", "outcome": "accepted", **entry} for entry in entries]
        written = self._intake.claim_all(rows)
        for row in rows:
            if row["id"] in written:
                told = {"source": "step", "name": row["name"], "document_id": str(row["document_id"])}
                self._work.emit("intake.accepted", KIND, row["id"], told | {"sha256": row["sha256"]})

    def note_run(self, item_id: UUID, run_id: UUID | None, detail: str | None = None) -> None:
        row = self._found(item_id)
        row.run_id = run_id
        row.detail = detail or row.detail

    def note_parent(self, item_id: UUID, parent_id: UUID) -> None:
        self._found(item_id).parent_id = parent_id

    def list(self, wanted: IntakeFilter, request: PageRequest, *, newest_first: bool = True) -> Page[IntakeItem]:
        rows, cursor, total = self._intake.page(wanted, request, newest_first=newest_first)
        return Page[IntakeItem](items=[_item(row) for row in rows], next_cursor=cursor, total=total)

    def read(self, item_id: UUID) -> IntakeItem:
        return _item(self._found(item_id))

    def rules(self) -> tuple[IntakeRules, int]:
        """What the workspace chose, and the revision of that."""
        row = self._intake.rules()
        return (IntakeRules.model_validate(row.rules), row.revision) if row else (IntakeRules.model_validate({}), 0)

    def choose(self, rules: IntakeRules, expected: Expected = ANY) -> int:
        _, revision = self.rules()
        expected.check(revision, RulesChanged("Somebody else changed them.", hint="Read them again."))
        chosen = rules.model_dump(exclude_none=True)
        self._intake.keep_rules(revision + 1, chosen)
        self._work.emit("intake.rules_changed", KIND, self._work.workspace_id, chosen)
        return revision + 1

    def _register(self, received: Received) -> Document:
        arrival = received.arrival
        return DocumentService(self._work).register_upload(received.stored, arrival.name, arrival.declared)

    def _found(self, item_id: UUID) -> IntakeItemRow:
        row = self._intake.item(item_id)
        if row is None:
            raise IntakeNotFound(f"There is no entry {item_id}.", hint="GET /intake lists them.")
        return row


def _entry(work: Work, arrival: Arrival) -> dict[str, Any]:
    return {
        "id": new_id(),
        "source": arrival.source,
        "source_id": arrival.source_id,
        "source_key": arrival.key,
        "origin": arrival.origin[:2_000],
        "name": clean_name(arrival.name),
        "declared_type": (arrival.declared or None) and str(arrival.declared)[:200],
        "received_at": work.now,
        "received_by": work.actor.name,
        "parent_id": arrival.parent_id,
    }


def _item(row: IntakeItemRow) -> IntakeItem:
    return IntakeItem.model_validate({name: getattr(row, name) for name in IntakeItem.model_fields})
