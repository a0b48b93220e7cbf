"""Traces a version through the rows, the runs that read it and the event log; its one rule: nothing is guessed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from docchain.engine.kinds import Kinds
from docchain.engine.machine.facts import Fact
from docchain.features.documents.field_lineage import fields_of, trace_field
from docchain.features.documents.lineage import LineageService
from docchain.features.documents.proving.reading_repository import runs_that_read
from docchain.features.documents.proving.schemas import DocumentLineage, Edit
from docchain.features.documents.schemas import FieldLineage, Lineage
from docchain.features.runs import Engine, LiveRuns, Run, RunDetail, RunService
from docchain.platform.database import Database
from docchain.platform.errors import NotFound
from docchain.platform.events import Event, read_after
from docchain.platform.work import Actor, Work

_MOST_RUNS: Final = 5
_MOST_EVENTS: Final = 1_000
_MADE_BY_STEPS: Final = "document.made"
_HUMAN: Final = "human."


class Tracer:
    """Traces documents of one workspace.

    Args:
        database: rows and events.
        engine: knows what the steps of runs were given and made.
        kinds: the step kinds.
    """

    def __init__(self, database: Database, engine: Engine, kinds: Kinds) -> None:
        self._database = database
        self._engine = engine
        self._kinds = kinds

    async def trace(self, actor: Actor, reference: str, number: int | None = None) -> DocumentLineage:
        """The lineage of a version, the current one unless a number is given."""

        def look(work: Work) -> tuple[Lineage, list[Run], Sequence[Event]]:
            lineage = LineageService(work).of(reference, number)
            document_id = lineage.versions[0].document_id
            events = read_after(work.session, 0, _MOST_EVENTS, only=_about(work, document_id), readable=True)
            return lineage, list(_runs(work, lineage.version_id)), events

        lineage, runs, events = await self._database.read(look, actor)
        details = [(await LiveRuns(self._engine).detail(run), await self._engine.history(run.id)) for run in runs]
        return DocumentLineage(
            **lineage.model_dump(),
            fields=list(self._fields(lineage.version_id, details)) if actor.may("runs:read") else [],
            edits=sorted([*_edits(events), *_answers(details)], key=lambda edit: edit.at),
        )

    def _fields(self, version_id: UUID, details: Sequence[tuple[RunDetail, Sequence[Fact]]]) -> Iterator[FieldLineage]:
        """Those that go back to this version: read from it, or from its parsed form."""
        for run, facts in details:
            for step in run.steps:
                for name in fields_of(step.output):
                    found = trace_field(run, facts, self._kinds, step.id, name)
                    behind = [*found.sources, *([found.parsed] if found.parsed else [])]
                    if version_id in {reference.version_id for reference in behind}:
                        yield found


def _runs(work: Work, version_id: UUID) -> Iterator[Run]:
    for run_id in runs_that_read(work, version_id, _MOST_RUNS):
        try:
            yield RunService(work).read(str(run_id))
        except NotFound:  # retention has removed it
            continue


def _about(work: Work, document_id: UUID) -> dict[str, Any]:
    return {"workspace_id": work.workspace_id, "subject_id": document_id}


def _edits(events: Sequence[Event]) -> Iterator[Edit]:
    for event in events:
        if event.type != _MADE_BY_STEPS:
            yield Edit(at=event.at, actor=event.actor, what=event.type, changes=event.data)


def _answers(details: Sequence[tuple[RunDetail, Sequence[Fact]]]) -> Iterator[Edit]:
    """What people answered in those runs: decisions and corrected values."""
    for run, _ in details:
        for step in run.steps:
            if step.kind.startswith(_HUMAN) and isinstance(step.output, Mapping) and step.ended_at:
                actor = str(step.output.get("answered_by") or "")
                said = dict(step.output)
                yield Edit(
                    at=step.ended_at, actor=actor, what="approval.answered", changes=said, run_id=run.id, step=step.id
                )
