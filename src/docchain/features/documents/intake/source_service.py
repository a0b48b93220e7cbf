"""Sources of a workspace: made, listed, switched, removed; what they are up to is noted beside them."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from docchain.features.documents.intake.errors import BadSource, SourceChanged, SourceNameTaken, SourceNotFound
from docchain.features.documents.intake.source_repository import SourceRepository
from docchain.features.documents.intake.source_schemas import OPTIONS, FolderOptions, IntakeSource, SourceRequest
from docchain.features.documents.intake.tables import IntakeSourceRow
from docchain.platform.errors import FieldFault
from docchain.platform.handles import next_number
from docchain.platform.ids import Handle, new_id, parse_reference
from docchain.platform.preconditions import ANY, Expected
from docchain.platform.work import Work

KIND: Final = "intake_source"


class SourceService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._sources = SourceRepository(work)

    def create(self, wanted: SourceRequest, roots: list[Path]) -> IntakeSource:
        options = read_options(wanted, roots)
        if self._sources.named(wanted.name) is not None:
            raise SourceNameTaken(f"There is a source {wanted.name!r} already.", hint="Choose another name.")
        row = IntakeSourceRow(
            id=new_id(),
            number=next_number(self._work, KIND),
            kind=wanted.kind,
            name=wanted.name,
            enabled=wanted.enabled,
            options=options,
            workflow=wanted.workflow,
            input=wanted.input,
            duplicates=wanted.duplicates,
            revision=1,
            state={},
            created_at=self._work.now,
            created_by=self._work.actor.name,
        )
        self._sources.add(row)
        self._emit("created", row)
        return to_source(row)

    def all(self) -> list[IntakeSource]:
        return [to_source(row) for row in self._sources.all()]

    def read(self, reference: str) -> IntakeSource:
        return to_source(self._found(reference))

    def replace(
        self, reference: str, wanted: SourceRequest, roots: list[Path], expected: Expected = ANY
    ) -> IntakeSource:
        row = self._to_change(reference, expected)
        if wanted.kind != row.kind:
            raise BadSource(f"It is a {row.kind}; make a new source for another kind.")
        other = self._sources.named(wanted.name)
        if other is not None and other.id != row.id:
            raise SourceNameTaken(f"There is a source {wanted.name!r} already.", hint="Choose another name.")
        row.options = read_options(wanted, roots)
        for name in ("name", "workflow", "input", "duplicates", "enabled"):
            setattr(row, name, getattr(wanted, name))
        row.revision += 1
        self._emit("changed", row)
        return to_source(row)

    def delete(self, reference: str, expected: Expected = ANY) -> None:
        row = self._to_change(reference, expected)
        self._sources.remove(row)
        self._emit("deleted", row)

    def hook(self, source: UUID) -> IntakeSource | None:
        """An enabled hook."""
        row = self._sources.find(source)
        return to_source(row) if row is not None and row.kind == "hook" and row.enabled else None

    def note(self, source: UUID, problem: str | None, **state: Any) -> None:
        """Note when it was looked at, and how far that came; nothing of it is an event."""
        row = self._sources.find(source)
        if row is not None:
            row.state = {**row.state, **state, "last_look": self._work.now.isoformat(), "problem": problem}

    def state(self, source: UUID) -> dict[str, Any]:
        row = self._sources.find(source)
        return {} if row is None else dict(row.state)

    def keep_state(self, source: UUID, **state: Any) -> None:
        row = self._sources.find(source)
        if row is not None:
            row.state = {**row.state, **state}

    def _to_change(self, reference: str, expected: Expected) -> IntakeSourceRow:
        row = self._found(reference)
        expected.check(row.revision, SourceChanged("Somebody else changed it.", hint="Read it again."))
        return row

    def _found(self, reference: str) -> IntakeSourceRow:
        key = parse_reference(reference, KIND)
        row = None if key is None else self._sources.find(key)
        if row is None:
            raise SourceNotFound(f"There is no source {reference[:100]!r}.", hint="GET /intake/sources lists them.")
        return row

    def _emit(self, what: str, row: IntakeSourceRow) -> None:
        told = {"name": row.name, "kind": row.kind, "enabled": row.enabled}
        self._work.emit(f"intake.source_{what}", KIND, row.id, told)


def read_options(wanted: SourceRequest, roots: list[Path]) -> dict[str, Any]:
    """What the kind of a source needs, checked.

    Raises:
        BadSource: with every fault.
    """
    try:
        options = OPTIONS[wanted.kind].model_validate(wanted.options)
    except ValidationError as error:
        faults = [
            FieldFault(".".join(["options", *map(str, item["loc"])]), str(item["msg"]), str(item["type"]))
            for item in error.errors()
        ]
        raise BadSource(f"{faults[0].path}: {faults[0].message}", errors=faults) from None
    if isinstance(options, FolderOptions):
        folder_of(options.path, roots)
    return options.model_dump(mode="json", exclude_none=True)


def folder_of(path: str, roots: list[Path]) -> Path:
    """The folder that is meant, below one that may be watched.

    Raises:
        BadSource: it is below none.
    """
    for root in roots:
        found = (root / path).resolve()
        if found.is_relative_to(root):
            return found
    raise BadSource(
        f"{path!r} is below no folder that may be watched.",
        hint="Ask your operator to list it in DOCCHAIN_INTAKE_ROOTS.",
    )


def to_source(row: IntakeSourceRow) -> IntakeSource:
    said = row.state.get("last_look")
    columns = {name: getattr(row, name) for name in IntakeSource.model_fields if hasattr(row, name)}
    return IntakeSource.model_validate(
        {
            **columns,
            "handle": str(Handle(KIND, row.number)),
            "last_look": datetime.fromisoformat(said) if said else None,
            "problem": row.state.get("problem"),
        }
    )
