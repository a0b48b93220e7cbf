"""What an answer to an approval corrects: its values beside those that a step of its run had read."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from docchain.features.ai.learning.repository import CorrectionRepository
from docchain.features.ai.learning.service import REFUSED, WAITING, CorrectionService
from docchain.features.ai.learning.teaching import Teacher
from docchain.features.documents import DocumentRef
from docchain.features.extraction import changes_of, schema_key
from docchain.features.runs import Engine, LiveRuns, RunService
from docchain.platform.database import Database
from docchain.platform.errors import Refusal
from docchain.platform.work import Actor, Work

_KINDS: Final = frozenset({"extract.fields", "ai.extract"})
_EVERY: Final = "*"


class Settling:
    """Settles answers that wait.

    Args:
        database: where they wait.
        engine: knows what the steps of a run read.
        teacher: holds values against papers.
    """

    def __init__(self, database: Database, engine: Engine, teacher: Teacher) -> None:
        self._database, self._runs, self._teacher = database, LiveRuns(engine), teacher

    async def settle(self, actor: Actor, workspace: UUID, correction: UUID) -> None:
        """Make it a correction, or say why it is none; what changes nothing goes."""
        said = await self._database.read(lambda work: _said(work, correction), actor)
        if said is None:
            return
        run, document, values = said
        found = await self._read_by(actor, run, document, values)
        changed = changes_of(found["schema"], found["value"], values) if found else {}
        if not found or not changed:
            await self._database.write(lambda work: _remove(work, correction), actor)
            return
        try:
            reference = DocumentRef.model_validate(found["document"])
            lesson = await self._teacher.lesson(workspace, reference, found["schema"], changed)
        except (Refusal, ValidationError) as error:
            await self.refuse(actor, correction, str(error)[:500])
            return
        key = schema_key(found["schema"])

        def settle(work: Work) -> None:
            row = CorrectionRepository(work.session).get(correction, to_change=True)
            if row is not None and row.state == WAITING:
                row.step = found["step"]
                CorrectionService(work).settle(row, reference, found["schema"], key, lesson)

        await self._database.write(settle, actor)

    async def _read_by(
        self, actor: Actor, run: UUID, document: Any, values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The extraction of a run that an answer is about: of the approval's document, else the last one."""
        try:
            known = await self._database.read(lambda work: RunService(work).read(str(run)), actor)
        except Refusal:
            return None
        about = str(document.get("document_id")) if isinstance(document, Mapping) else ""
        best: dict[str, Any] | None = None
        for step in (await self._runs.detail(known)).steps:
            read = step.output.get("value") if step.kind in _KINDS and isinstance(step.output, Mapping) else None
            if not isinstance(read, Mapping) or not isinstance(step.input, Mapping) or not values.keys() & read.keys():
                continue
            given = step.input.get("document")
            mine = isinstance(given, Mapping) and str(given.get("document_id")) == about
            if best is None or mine or not best["mine"]:
                schema = step.input.get("schema", "invoice")
                best = {"step": step.id, "document": given, "schema": schema, "value": read, "mine": mine}
        return best

    async def refuse(self, actor: Actor, correction: UUID, why: str) -> None:
        """Say why it teaches nothing."""

        def refuse(work: Work) -> None:
            row = CorrectionRepository(work.session).get(correction, to_change=True)
            if row is not None and row.state == WAITING:
                row.state, row.refused, row.document = REFUSED, {_EVERY: why}, None

        await self._database.write(refuse, actor)


def _said(work: Work, correction: UUID) -> tuple[UUID, Any, dict[str, Any]] | None:
    row = CorrectionRepository(work.session).get(correction)
    if row is None or row.state != WAITING or row.run_id is None:
        return None
    return row.run_id, row.document, {name: told["value"] for name, told in row.fields.items()}


def _remove(work: Work, correction: UUID) -> None:
    rows = CorrectionRepository(work.session)
    if (row := rows.get(correction, to_change=True)) is not None and row.state == WAITING:
        rows.remove(row)
