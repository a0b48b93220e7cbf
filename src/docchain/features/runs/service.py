"""Use cases of runs: start, list, read, cancel, signal. What is asked of the engine is appended as a command."""

from typing import Any

from docchain.engine.definition import canonical, digest_of
from docchain.engine.machine.fold import RESOLVE
from docchain.features.runs.domain import ENDED, QUEUED
from docchain.features.runs.errors import RunEnded, RunNotFound
from docchain.features.runs.repository import RunRepository
from docchain.features.runs.schemas import ResolveRequest, Run, RunFilter, RunOrder
from docchain.features.runs.tables import RunRow
from docchain.platform.handles import next_number
from docchain.platform.ids import Handle, new_id
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.work import Work


class RunService:
    """Wake the engine once the transaction has committed: it reads commands when told to, or after a while."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._runs = RunRepository(work.session)

    def start(self, order: RunOrder) -> Run:
        """Order a run; it is accepted, durably, when this transaction commits."""
        row = self._queued(order)
        self._runs.add(row)
        self._runs.keep_definition(row.definition, canonical(order.spec))
        self._command(row, "start", {"label": row.label, "inputs": order.inputs, **_attributes(order)})
        return to_run(row)

    def list(self, wanted: RunFilter, request: PageRequest, *, newest_first: bool = True) -> Page[Run]:
        rows, cursor, total = self._runs.page(wanted, request, newest_first=newest_first)
        return Page(items=[to_run(row) for row in rows], next_cursor=cursor, total=total)

    def read(self, reference: str) -> Run:
        return to_run(self._find(reference))

    def cancel(self, reference: str, reason: str = "") -> Run:
        row = self._open(reference)
        self._command(row, "cancel", {"reason": reason})
        return to_run(row)

    def signal(self, reference: str, step: str, signal: str, payload: Any) -> Run:
        """Answer a step; the engine drops an answer that the step does not wait for."""
        row = self._open(reference)
        self._command(row, "signal", {"step": step, "signal": signal, "payload": payload})
        return to_run(row)

    def resolve(self, reference: str, answer: ResolveRequest) -> Run:
        """Say what became of a parked effect."""
        payload = answer.model_dump(include={"outcome", "output"}, exclude_unset=True)
        return self.signal(reference, answer.step, RESOLVE, payload)

    def _find(self, reference: str) -> RunRow:
        row = self._runs.find(reference)
        if row is None:
            raise RunNotFound(reference)
        return row

    def _open(self, reference: str) -> RunRow:
        row = self._find(reference)
        if row.status in ENDED:
            raise RunEnded(str(Handle("run", row.number)), row.status)
        return row

    def _command(self, row: RunRow, kind: str, payload: dict[str, Any]) -> None:
        self._runs.append_command(row.id, kind, self._work.actor.name, payload)

    def _queued(self, order: RunOrder) -> RunRow:
        return RunRow(
            id=new_id(),
            workspace_id=self._work.workspace_id,
            number=next_number(self._work, "run"),
            workflow_id=order.workflow_id,
            workflow_number=order.workflow_number,
            workflow_version=order.workflow_version,
            label=order.spec.workflow,
            origin=order.origin,
            definition=digest_of(order.spec),
            status=QUEUED,
            waits={},
            in_doubt=False,
            actor=self._work.actor.name,
            inputs=order.inputs,
            warnings=list(order.warnings),
            failure="",
            message="",
            failed_step="",
            created_at=self._work.now,
        )


def _attributes(order: RunOrder) -> dict[str, Any]:
    return {
        "definition": digest_of(order.spec),
        "attributes": {
            "origin": order.origin,
            "workflow_id": str(order.workflow_id) if order.workflow_id else None,
            "workflow_number": order.workflow_number,
            "workflow_version": order.workflow_version,
            "warnings": list(order.warnings),
        },
    }


def to_run(row: RunRow) -> Run:
    return Run(
        id=row.id,
        handle=str(Handle("run", row.number)),
        status=row.status,
        workflow=str(Handle("workflow", row.workflow_number)) if row.workflow_number else None,
        workflow_version=row.workflow_version,
        label=row.label,
        definition=row.definition,
        origin=row.origin,
        actor=row.actor,
        waits=row.waits,
        in_doubt=row.in_doubt,
        inputs=row.inputs,
        warnings=row.warnings,
        output=row.output,
        failure=row.failure or None,
        message=row.message or None,
        failed_step=row.failed_step or None,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
