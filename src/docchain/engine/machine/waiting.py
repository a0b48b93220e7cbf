"""Steps that wait: for a person, a signal, a moment, or a child run; and what ends the wait."""

from typing import Any

from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.commands import CancelChild, SetTimer, StartChild
from docchain.engine.machine.control import begin
from docchain.engine.machine.ending import end_when_quiet, stop
from docchain.engine.machine.following import on_settled
from docchain.engine.machine.items import fail_when_quiet
from docchain.engine.machine.plan import PlannedStep
from docchain.engine.machine.starting import start
from docchain.engine.machine.turn import Turn

TIMED_OUT = {"decision": "timed_out"}


def on_waiting(turn: Turn, fact: f.Waiting) -> None:
    if turn.state.stopping:
        end_when_quiet(turn, fact.at)
        return
    of = turn.state.steps[fact.step].of
    if of and turn.state.fans[of].failing:
        fail_when_quiet(turn, of, fact.at)
        return
    turn.commands.extend(SetTimer(fact.step, due) for due in (fact.until, fact.expires) if due is not None)


def on_called(turn: Turn, fact: f.Called) -> None:
    state = turn.state
    of = state.steps[fact.step].of
    if state.stopping or (of and state.fans[of].failing):
        message = "the run stopped before the child run began"
        turn.queue.append(f.Failed(fact.at, fact.step, fact.attempt, "denied", message, final=True))
        return
    turn.commands.append(StartChild(fact))
    if fact.expires is not None:
        turn.commands.append(SetTimer(fact.step, fact.expires))


def on_fired(turn: Turn, fact: f.Fired) -> None:
    if fact.step == s.OF_THE_RUN:
        begin(turn, fact.at)
        return
    step = turn.state.steps[fact.step]
    planned = turn.plan.steps[fact.step]
    if step.status == s.PENDING:
        if turn.state.status != s.PAUSED:
            start(turn, planned, fact.at)
    elif fact.due == step.due:
        turn.queue.append(f.Done(fact.at, fact.step, step.attempt))
    else:
        _on_expired(turn, planned, fact.at)


def _on_expired(turn: Turn, planned: PlannedStep, at: int) -> None:
    step = turn.state.steps[planned.id]
    if step.called is not None:
        turn.commands.append(CancelChild(step.called.run, "its time is up"))
    if planned.timeout_then == "escalate" and step.called is None:
        request = {**(step.request or {}), "assignees": _escalate_to(turn, planned), "escalated": True}
        turn.queue.append(f.Escalated(at, planned.id, request))
    elif planned.timeout_then == "continue":
        turn.queue.append(f.Done(at, planned.id, step.attempt, TIMED_OUT if step.signal else None))
    else:
        message = "took too long" if step.called else "nobody answered in time"
        turn.queue.append(f.Failed(at, planned.id, step.attempt, "timeout", message))


def _escalate_to(turn: Turn, planned: PlannedStep) -> Any:
    return planned.params.render(turn.scope_for(planned)).get("escalate_to") or []


def on_signalled(turn: Turn, fact: f.Signalled) -> None:
    planned = turn.plan.steps[fact.step]
    step = turn.state.steps[fact.step]
    if step.status == s.UNKNOWN:
        _resolve(turn, planned, fact)
    elif step.rejects and _is_rejection(fact.payload) and not planned.heeds_rejection:
        stop(turn, fact.at, s.REJECTED, ("", str(fact.payload.get("comment") or ""), fact.step))
    else:
        on_settled(turn, fact)


def _is_rejection(payload: Any) -> bool:
    return isinstance(payload, dict) and payload.get("decision") == "rejected"


def _resolve(turn: Turn, planned: PlannedStep, fact: f.Signalled) -> None:
    """A person says what became of a parked effect."""
    attempt = turn.state.steps[planned.id].attempt
    payload = fact.payload if isinstance(fact.payload, dict) else {}
    outcome = payload.get("outcome")
    if outcome == "confirmed":
        turn.queue.append(f.Done(fact.at, planned.id, attempt, payload.get("output")))
    elif outcome == "resend":
        turn.queue.append(f.Unknown(fact.at, planned.id, attempt, "resend", "resent by a person"))
    else:
        message = "a person found that it did not happen"
        turn.queue.append(f.Failed(fact.at, planned.id, attempt, "unavailable", message, final=True))
