"""Another run of an old one: restarted from its inputs, or forked from one of its steps."""

from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from pydantic_core import to_json

from docchain.engine.definition import WorkflowSpec
from docchain.engine.machine.facts import Started
from docchain.engine.machine.state import RunState
from docchain.features.runs.control_requests import ForkRequest, RestartRequest, Version
from docchain.features.runs.errors import CannotFork, DefinitionGone, NoWorkflow, PayloadGone, RunNotFound
from docchain.features.runs.forking import taken_over
from docchain.features.runs.orders import How, RunOrder, Source
from docchain.features.runs.presenting import handle_of
from docchain.features.runs.repository import RunRepository
from docchain.features.runs.schemas import Run
from docchain.features.runs.service import RunService
from docchain.features.runs.tables import RunRow
from docchain.platform.work import Work

MOST_TAKEN_OVER: Final = 16 * 1024 * 1024
_EVENTS: Final = {"restart": "run.restarted", "fork": "run.forked"}


class Definitions(Protocol):
    """What a higher feature knows of workflows and documents."""

    def known(self, work: Work, reference: str) -> bool:
        """Whether there is such a workflow, by id, handle or number."""
        ...

    def version(self, work: Work, workflow_id: UUID, wanted: Version) -> tuple[WorkflowSpec, int | None]:
        """The definition, and its number if it is published."""
        ...

    def inputs(self, work: Work, spec: WorkflowSpec, given: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Complete and checked inputs, and warnings."""
        ...


@dataclass(frozen=True, slots=True)
class Past:
    """What the engine knows of the old run; nothing, before it began."""

    followed: WorkflowSpec | None
    started: Started | None = None
    state: RunState | None = None


class AgainService:
    """Every field of an order that nobody changes is that of the old run."""

    def __init__(self, work: Work, definitions: Definitions) -> None:
        self._work = work
        self._runs = RunService(work)
        self._rows = RunRepository(work.session)
        self._definitions = definitions

    def restart(self, reference: str, request: RestartRequest, past: Past) -> Run:
        """Order a new run with the same inputs."""
        row = self._row(reference)
        started = past.started if row.mode == "test" else None
        part: dict[str, Any] = {"seed": started.seed, "only": started.only} if started else {}
        return self._start(row, request, past, "restart", part)

    def fork(self, reference: str, request: ForkRequest, past: Past) -> Run:
        """Order a new run that begins with one of the old one's steps."""
        row = self._row(reference)
        if past.state is None:
            raise CannotFork(f"{handle_of(row)} has not begun, so there is nothing to take over.")
        return self._start(row, request, past, "fork", {})

    def _start(self, row: RunRow, request: RestartRequest, past: Past, how: How, more: dict[str, Any]) -> Run:
        spec, number = self._target(row, request.version, past.followed)
        changed = request.inputs if isinstance(request, ForkRequest) else {}
        values, warnings = row.inputs, _warned(row, past)
        if changed or request.version is not None:
            values, warnings = self._definitions.inputs(self._work, spec, {**row.inputs, **changed})
        if isinstance(request, ForkRequest) and past.state is not None:
            seed, only = taken_over(past.followed or spec, spec, past.state, request.from_, request.pins)
            more = {**more, "seed": _bounded(seed), "only": only}
        order = RunOrder(
            spec,
            values,
            warnings,
            "api" if row.parent_id else row.origin,
            workflow_id=row.workflow_id,
            workflow_number=row.workflow_number,
            workflow_version=number,
            mode=row.mode,  # type: ignore[arg-type] # the column holds nothing else
            priority=row.priority,
            source=Source(row.id, how),
            **more,
        )
        run = self._runs.start(order)
        told = {"run": run.handle, "source": handle_of(row), "reason": request.reason}
        self._work.emit(_EVENTS[how], "run", run.id, told)
        return run

    def _row(self, reference: str) -> RunRow:
        row = self._rows.find(reference)
        if row is None:
            raise RunNotFound(reference)
        if row.purged_at is not None:
            raise PayloadGone(handle_of(row))
        return row

    def _target(
        self, row: RunRow, version: Version | None, followed: WorkflowSpec | None
    ) -> tuple[WorkflowSpec, int | None]:
        if version is None:
            if followed is None:
                raise DefinitionGone(handle_of(row))
            return followed, row.workflow_version
        if row.workflow_id is None:
            raise NoWorkflow(handle_of(row))
        return self._definitions.version(self._work, row.workflow_id, version)


def _bounded(seed: dict[str, Any]) -> dict[str, Any]:
    if len(to_json(seed)) > MOST_TAKEN_OVER:
        raise CannotFork(
            f"The outputs to take over are larger than {MOST_TAKEN_OVER:,} bytes.", hint="Fork from an earlier step."
        )
    return seed


def _warned(row: RunRow, past: Past) -> list[str]:
    """What was to be said of the inputs; what became of the old run is no matter of the new one."""
    return list(row.warnings if past.started is None else past.started.attributes.get("warnings", ()))
