"""Makes corrections of answers to approvals; its one rule: an answer waits in its row until this is done."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from docchain.features.ai.learning.repository import CorrectionRepository
from docchain.features.ai.learning.service import REFUSED, WAITING, CorrectionService
from docchain.features.ai.learning.teaching import Teacher
from docchain.features.documents import DocumentRef
from docchain.features.extraction import changes_of, schema_key
from docchain.features.runs import Engine, LiveRuns, RunService
from docchain.platform.database import Database
from docchain.platform.errors import Refusal
from docchain.platform.hops import EndedError
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.work import SYSTEM, Actor, Work

log = structlog.get_logger(__name__)
_KINDS: Final = frozenset({"extract.fields", "ai.extract"})
_RHYTHM: Final = Rhythm(rest=0.05, poll=30.0)
_AT_ONCE: Final = 50
_TRIES: Final = 5
_EVERY: Final = "*"


class Learner:
    """Follows answers that wait.

    Args:
        database: where they wait.
        engine: knows what the steps of a run read.
        teacher: holds values against papers.
    """

    def __init__(self, database: Database, engine: Engine, teacher: Teacher) -> None:
        self._database, self._runs, self._teacher = database, LiveRuns(engine), teacher
        self._wake = asyncio.Event()
        self._failed: Counter[UUID] = Counter()
        database.on_events(self._wake.set, "ai_correction")

    async def run(self) -> None:
        """Look until cancelled."""
        await persevere(self.catch_up, self._wake, _RHYTHM, "corrections_failed")

    async def catch_up(self) -> None:
        """Settle all that waits; what fails is tried again a few times, and then says so."""
        waiting = await self._database.read(lambda work: CorrectionRepository(work.session).waiting(_AT_ONCE), SYSTEM)
        failures: list[Exception] = []
        for workspace, correction in waiting:
            actor = Actor(None, "system", workspace)
            try:
                await self._settle(actor, workspace, correction)
            except EndedError:
                raise
            except Exception as error:
                self._failed[correction] += 1
                if self._failed[correction] >= _TRIES:
                    log.exception("correction_failed", correction=str(correction))
                    await self._refuse(actor, correction, "It could not be held against the paper.")
                else:
                    failures.append(error)
        if failures:
            raise failures[0]
        if len(waiting) == _AT_ONCE:
            self._wake.set()

    async def _settle(self, actor: Actor, workspace: UUID, correction: UUID) -> None:
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
            await self._refuse(actor, correction, str(error)[:500])
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

    async def _refuse(self, actor: Actor, correction: UUID, why: str) -> None:
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
