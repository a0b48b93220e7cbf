"""Use cases of the library: prompts as people keep them; every change is an event, and of versions none is changed."""

from collections.abc import Sequence
from typing import Any

from docchain.features.ai.prompts.domain import KIND, MOST_PROMPTS
from docchain.features.ai.prompts.errors import PromptChanged, PromptNameTaken, PromptNotFound, TooManyPrompts
from docchain.features.ai.prompts.filling import Checked
from docchain.features.ai.prompts.repository import PromptRepository
from docchain.features.ai.prompts.schemas import Prompt, PromptChange, PromptQuery, PromptRequest
from docchain.features.ai.prompts.tables import AiPromptRow
from docchain.features.ai.prompts.versions import VersionService
from docchain.platform.errors import FieldFault, Invalid
from docchain.platform.handles import next_number, wait_for_turn
from docchain.platform.ids import Handle, new_id, parse_reference
from docchain.platform.pagination import Page
from docchain.platform.preconditions import ANY, Expected
from docchain.platform.work import Work


class PromptService:
    """Works in any transaction of a workspace."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = PromptRepository(work.session)

    def page(self, wanted: PromptQuery) -> Page[Prompt]:
        rows, cursor, total = self._rows.page(wanted.page(), wanted.tag, wanted.search)
        return Page[Prompt](items=self._shown(rows), next_cursor=cursor, total=total)

    def read(self, reference: str) -> Prompt:
        return self._shown([self.row(reference)])[0]

    def create(self, wanted: PromptRequest, version: Checked | None) -> Prompt:
        """Raises `PromptNameTaken` and `TooManyPrompts`."""
        number = next_number(self._work, KIND)  # whoever takes a name at the same moment waits here
        self._check_name(wanted.name)
        if self._rows.number_of() >= MOST_PROMPTS:
            raise TooManyPrompts(f"There are {MOST_PROMPTS:,} prompts.", hint="Delete one.")
        now, who = self._work.now, self._work.actor.name
        row = AiPromptRow(
            id=new_id(),
            number=number,
            name=wanted.name,
            description=wanted.description,
            tags=_lines(wanted.tags),
            versions=0,
            revision=1,
            created_at=now,
            created_by=who,
            changed_at=now,
            changed_by=who,
        )
        self._rows.add(row)
        self.told("created", row)
        if version is not None:
            VersionService(self._work).save(row, version)
        return self._shown([row])[0]

    def change(self, reference: str, wanted: PromptChange, expected: Expected) -> Prompt:
        row = self.to_change(reference, expected)
        given = wanted.model_fields_set
        nulls = [FieldFault(name, "cannot be null", "null") for name in sorted(given) if getattr(wanted, name) is None]
        if nulls:
            raise Invalid(f"{nulls[0].path}: {nulls[0].message}", errors=nulls)
        if wanted.name is not None and wanted.name != row.name:
            wait_for_turn(self._work, KIND)
            self._check_name(wanted.name)
            row.name = wanted.name
        if wanted.description is not None:
            row.description = wanted.description
        if wanted.tags is not None:
            row.tags = _lines(wanted.tags)
        self.told("changed", row)
        return self._shown([row])[0]

    def delete(self, reference: str, expected: Expected) -> None:
        row = self.to_change(reference, expected)
        self.told("deleted", row)
        self._rows.remove(row)

    def row(self, reference: str) -> AiPromptRow:
        row = self._rows.find(reference)
        if row is None:
            raise PromptNotFound(reference)
        return row

    def to_change(self, reference: str, expected: Expected = ANY) -> AiPromptRow:
        """The row, held until the transaction ends, with who changes it."""
        row = self._rows.find(reference, to_change=True)
        if row is None:
            raise PromptNotFound(reference)
        expected.check(row.revision, PromptChanged(f"It is at revision {row.revision}.", hint="Read it again."))
        row.revision += 1
        row.changed_at, row.changed_by = self._work.now, self._work.actor.name
        return row

    def told(self, what: str, row: AiPromptRow, **more: Any) -> None:
        self._work.emit(f"ai.prompt.{what}", KIND, row.id, {"handle": handle_of(row), "name": row.name, **more})

    def _check_name(self, name: str) -> None:
        if parse_reference(name, KIND) is not None or self._rows.named(name):
            raise PromptNameTaken(name)

    def _shown(self, rows: Sequence[AiPromptRow]) -> list[Prompt]:
        labels: dict[Any, dict[str, int]] = {row.id: {} for row in rows}
        for label in self._rows.labels(labels) if rows else ():
            labels[label.prompt_id][label.label] = label.number
        return [_prompt(row, labels[row.id]) for row in rows]


def handle_of(row: AiPromptRow) -> str:
    return str(Handle(KIND, row.number))


def _lines(tags: Sequence[str]) -> str:
    return "".join(f"\n{tag}" for tag in dict.fromkeys(tags)) + "\n" if tags else ""


def _prompt(row: AiPromptRow, labels: dict[str, int]) -> Prompt:
    return Prompt(
        id=row.id,
        handle=handle_of(row),
        name=row.name,
        description=row.description,
        tags=row.tags.split("\n")[1:-1],
        versions=row.versions,
        labels=labels,
        revision=row.revision,
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
