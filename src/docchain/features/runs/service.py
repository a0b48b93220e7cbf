"""Use cases of runs: start, list, read and control. What is asked of the engine is appended as a command."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from docchain.engine.machine.fold import RESOLVE
from docchain.features.identity import Quotas
from docchain.features.runs.domain import ENDED, micros
from docchain.features.runs.errors import RunEnded, RunNotFound, StepNotWaiting
from docchain.features.runs.key_repository import KeyRepository
from docchain.features.runs.orders import RunOrder, span
from docchain.features.runs.presenting import Seen, handle_of, related_ids, to_run
from docchain.features.runs.queued import QueuedRun, queued
from docchain.features.runs.repository import RunRepository
from docchain.features.runs.schemas import ResolveRequest, Run, RunFilter
from docchain.features.runs.tables import RunRow
from docchain.platform.handles import next_number
from docchain.platform.idempotency import Recall
from docchain.platform.ids import Handle, new_id
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.work import Work

_ON_ITS_WAY: Final = timedelta(minutes=1)


class RunService:
    """Wake the engine once the transaction has committed: it reads commands when told to, or after a while."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._runs = RunRepository(work.session)
        self._keys = KeyRepository(work.session)

    def start(self, order: RunOrder) -> Run:
        """Order a run; it is accepted, durably, when this transaction commits.

        With `deduplicate`, the answer may be a run that was ordered before.
        """
        run_id = new_id()
        self._work.require("execute", "workflow", order.workflow_id)
        if order.deduplicate and (held := self._held(order, run_id)):
            return self._shown(held, deduplicated=True)
        Quotas(self._work).check_runs(1, self._runs.ordered_since)
        row = queued(self._work, order, run_id, next_number(self._work, "run"))
        if order.debounce:
            self._supersede(order, row)
        self._runs.add(row)
        self._runs.keep_definitions([order.definition])
        self._command(row, "start", _start_payload(row, order))
        return self._shown(row)

    def start_many(self, orders: Sequence[RunOrder]) -> Sequence[Run]:
        """Order many runs, none of which has a key, with a handful of statements."""
        if not orders:
            return []
        for order in orders:
            self._work.require("execute", "workflow", order.workflow_id)
        Quotas(self._work).check_runs(len(orders), self._runs.ordered_since)
        first = next_number(self._work, "run", len(orders))
        rows = [queued(self._work, order, new_id(), first + place) for place, order in enumerate(orders)]
        started = list(zip(rows, orders, strict=True))
        self._runs.add(*rows)
        self._runs.keep_definitions({order.definition for order in orders})
        told = {"workspace_id": self._work.workspace_id, "kind": "start", "actor": self._work.actor.name}
        self._runs.append_commands(
            [{**told, "run_id": row.id, "payload": _start_payload(row, order)} for row, order in started]
        )
        numbers = self._runs.numbers_of(related_ids(rows))
        return [to_run(row, numbers) for row in rows]

    def list(self, wanted: RunFilter, request: PageRequest, *, newest_first: bool = True) -> Page[Run]:
        rows, cursor, total = self._runs.page(wanted, request, newest_first=newest_first)
        numbers = self._runs.numbers_of(related_ids(rows))
        return Page(items=[to_run(row, numbers) for row in rows], next_cursor=cursor, total=total)

    def read(self, reference: str) -> Run:
        row = self._runs.seen(reference)
        if row is None:
            raise RunNotFound(reference)
        return self._shown(row)

    def workflow_of(self, run_id: UUID) -> UUID | None:
        """The workflow that a run is one of."""
        return self._find(str(run_id)).workflow_id

    def is_settled(self, run: Run) -> bool:
        """Whether nothing changes the run before somebody orders it: it has ended, and nothing is on its way.

        What retention takes is first marked here; that it is gone from the journal is not told here before the end.
        """
        return run.status in ENDED and run.purged_at is None and not self._runs.has_commands(run.id)

    def again(self, kept: Mapping[str, Any]) -> Run:
        """A run whose start was answered before, as the list knows it now."""
        return self._shown(self._find(kept["handle"]), deduplicated=kept["deduplicated"])

    def cancel(self, reference: str, reason: str = "") -> Run:
        row = self._to_control(reference)
        self._command(row, "cancel", {"reason": reason})
        return self._told("run.cancel_ordered", row, reason)

    def pause(self, reference: str, reason: str = "") -> Run:
        """Start no further step; what is under way comes to its end. The engine tells the runs that it called."""
        row = self._to_control(reference)
        self._command(row, "pause", {"reason": reason})
        return self._told("run.pause_ordered", row, reason)

    def resume(self, reference: str) -> Run:
        """Go on, and with the runs that it called."""
        row = self._to_control(reference)
        self._command(row, "resume", {})
        return self._told("run.resume_ordered", row)

    def retry(self, reference: str, steps: Sequence[str] = (), reason: str = "") -> Run:
        """Go on with a run that ended badly: its failed steps, or those named, are tried again."""
        row = self._find(reference)
        self._work.require("execute", "workflow", row.workflow_id)
        self._command(row, "retry", {"steps": [*steps]})
        return self._told("run.retry_ordered", row, reason)

    def signal(self, reference: str, step: str, signal: str, payload: Any, attempt: int | None = None) -> Run:
        """Answer a step; the engine drops an answer that the step does not wait for.

        Raises:
            StepNotWaiting: when this `attempt` was answered a moment ago; without one, that is not looked at, nor
                whether the actor may control the run.
        """
        row = self._open(reference) if attempt is None else self._to_control(reference)
        if attempt is not None and not self._is_first(row, step, attempt):
            raise StepNotWaiting(f"Step {step!r} was answered a moment ago.")
        self._command(row, "signal", {"step": step, "signal": signal, "payload": payload})
        return self._shown(row)

    def resolve(self, reference: str, answer: ResolveRequest, attempt: int | None = None) -> Run:
        """Say what became of a parked effect; of many who say it of one `attempt`, the first is heard."""
        payload = answer.model_dump(include={"outcome", "output"}, exclude_unset=True)
        return self.signal(reference, answer.step, RESOLVE, payload, attempt)

    def warn(self, run_id: UUID, message: str) -> None:
        """Add to the run's warnings what nobody who only sees its end would hear of; the same once."""
        row = self._find(str(run_id))
        if message not in row.warnings:
            row.warnings = [*row.warnings, message]

    def handles_of(self, run_ids: Iterable[UUID]) -> dict[UUID, str]:
        """The handles of those runs that the list knows."""
        return {run_id: str(Handle("run", number)) for run_id, number in self._runs.numbers_of(run_ids).items()}

    def _held(self, order: RunOrder, run_id: UUID) -> RunRow | None:
        """The run that has the order's key, if it still counts; else the key is now that of `run_id`."""
        wanted = order.deduplicate
        assert wanted is not None  # noqa: S101 - asked for orders that have one
        until = self._work.now + span(wanted.within)
        held, is_new = self._keys.claim(f"deduplicate:{order.scope}", wanted.key, run_id, until)
        if is_new:
            return None
        row = self._runs.find(str(held.run_id))
        if row is not None and (row.status not in ENDED or held.expires_at > self._work.now):
            return row
        held.run_id, held.expires_at = run_id, until
        return None

    def _is_first(self, row: RunRow, step: str, attempt: int) -> bool:
        """Whether nobody else's answer is on its way to the engine; one that it dropped does not count for long."""
        until = self._work.now + _ON_ITS_WAY
        held, is_new = self._keys.claim("answer", f"{row.id}:{step}:{attempt}", row.id, until)
        if not is_new and held.expires_at > self._work.now:
            return False
        held.expires_at = until
        return True

    def _supersede(self, order: RunOrder, row: QueuedRun) -> None:
        """A debounced run takes the place of one with its key that has not started."""
        wanted, now = order.debounce, self._work.now
        assert wanted is not None and row.start_at is not None  # noqa: S101, PT018 - asked for orders that have one
        held, is_new = self._keys.claim(f"debounce:{order.scope}", wanted.key, row.id, row.start_at)
        if is_new:
            return
        earlier = self._runs.find(str(held.run_id)) if held.expires_at > now else None
        if earlier is not None and earlier.status not in ENDED:
            reason = f"superseded by {handle_of(row)}"
            self._command(earlier, "cancel", {"reason": reason})
            self._told("run.cancel_ordered", earlier, reason)
        held.run_id, held.expires_at = row.id, row.start_at

    def _shown(self, row: Seen, *, deduplicated: bool = False) -> Run:
        return to_run(row, self._runs.numbers_of(related_ids([row])), deduplicated=deduplicated)

    def _told(self, type_: str, row: RunRow, reason: str = "") -> Run:
        """A door changed something: the audit trail says who, what and why."""
        told = {"run": handle_of(row), "workflow": row.label, **({"reason": reason} if reason else {})}
        self._work.emit(type_, "run", row.id, told)
        return self._shown(row)

    def _find(self, reference: str) -> RunRow:
        row = self._runs.find(reference)
        if row is None:
            raise RunNotFound(reference)
        return row

    def _open(self, reference: str) -> RunRow:
        row = self._find(reference)
        if row.status in ENDED and not self._runs.has_commands(row.id):  # one that is tried again may lag behind
            raise RunEnded(handle_of(row), row.status)
        return row

    def _to_control(self, reference: str) -> RunRow:
        row = self._open(reference)
        self._work.require("execute", "workflow", row.workflow_id)
        return row

    def _command(self, row: Seen, kind: str, payload: dict[str, Any]) -> None:
        self._runs.append_command(row.id, kind, self._work.actor.name, payload)


ORDERED: Final = Recall(frozenset({"handle", "deduplicated"}), lambda work, kept: RunService(work).again(kept))
"""What is kept of the answer to a start: not what the run works on, for retention may purge that."""


def _start_payload(row: QueuedRun, order: RunOrder) -> dict[str, Any]:
    """What the engine is told; what says nothing is left out, for the command and the journal keep it."""
    asked = {
        "priority": row.priority,
        "not_before": micros(row.start_at) if row.start_at else None,
        "seed": dict(order.seed),
        "only": [*order.only],
        "dry": order.mode == "dry",
    }
    return {
        "label": row.label,
        "inputs": order.inputs,
        "definition": row.definition,
        "attributes": _attributes(order),
        **{name: value for name, value in asked.items() if value},
    }


def _attributes(order: RunOrder) -> dict[str, Any]:
    source = order.source
    told = {} if source is None else {"source_id": str(source.run_id), "source_how": source.how}
    return {
        "origin": order.origin,
        "workflow_id": str(order.workflow_id) if order.workflow_id else None,
        "workflow_number": order.workflow_number,
        "workflow_version": order.workflow_version,
        "warnings": list(order.warnings),
        **({} if order.mode == "normal" else {"mode": order.mode}),
        **told,
    }
