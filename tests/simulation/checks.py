"""Checks: what must be true when the dust has settled."""

from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from docchain.engine.machine import facts as f
from docchain.engine.machine.state import DONE, RunState

if TYPE_CHECKING:
    from .world import Order, World

WORDS = {f.Done: "confirmed", f.Waiting: "confirmed", f.Failed: "failed", f.Unknown: "unknown"}


def faults_of(world: "World") -> list[str]:
    """Every promise that was broken; an empty list is what a seed should show."""
    found = [*world.store.faults, *world.receiver.faults, *world.crowd.faults, *world.witness.faults]
    found += world.fleet.failures()
    found += _log(world)
    for key, rows in world.store.of_run.items():
        history = [fact for row in rows for fact in f.decode(row)]
        found += _ledger(world, key, history)
    for order in world.orders.values():
        found += _model(world, order)
    return found + _effects(world) + _quiet(world)


def _log(world: "World") -> list[str]:
    store, found = world.store, []
    if [row[0] for row in store.entries] != list(range(1, len(store.entries) + 1)):
        found.append("positions have gaps")
    if store.epochs != sorted(store.epochs):
        found.append("an older epoch wrote after a newer one")
    if world.witness.read != list(range(1, len(store.entries) + 1)):
        found.append(f"a reader saw {len(world.witness.read)} of {len(store.entries)} entries, or not in order")
    return found


def _model(world: "World", order: "Order") -> list[str]:
    state, case = world.state_of(order), order.case
    statuses = {case.status, "cancelled"} if case.may_be_cancelled else {case.status}
    if state.status not in statuses:
        why = f"{state.failure} {state.failed_step} {state.message}"
        return [f"{order.run} ended {state.status} ({why}), not {sorted(statuses)}"]
    if state.status == "succeeded" and state.output != case.expected:
        return [f"{order.run} answered {state.output!r}, not {case.expected!r}"]
    return _outcomes(world, order, state)


def _outcomes(world: "World", order: "Order", state: RunState) -> list[str]:
    """A step that is done did its effect; nothing was done twice."""
    plan, found = world.plans[order.digest], []
    for name, step in state.steps.items():
        if "[" not in name and f"{name}[0]" in state.steps:
            continue
        planned = plan.steps[name.partition("[")[0]]
        if planned.external and planned.for_each is None and step.status == DONE:
            found += [] if world.receiver.applied[f"{order.run}:{name}"] else [f"{order.run}:{name} never arrived"]
    return found


def _ledger(world: "World", key: bytes, history: list[f.Fact]) -> list[str]:
    """Every intent has one row, with the last word on it; sending = confirmed + failed + unknown."""
    run, words, found = UUID(bytes=key), {}, []
    sent = {(fact.step, fact.attempt) for fact in history if isinstance(fact, f.Sending)}
    for fact in history:
        if type(fact) in WORDS and (fact.step, fact.attempt) in sent:
            words[fact.step, fact.attempt] = WORDS[type(fact)]
    for step, attempt in sent:
        row = world.store.effects.get((key, step, attempt))
        if row is None or row[1] != words.get((step, attempt)):
            found.append(f"the ledger has {row} for {run}:{step} attempt {attempt}, not {words.get((step, attempt))}")
    return found


def _effects(world: "World") -> list[str]:
    """Whatever a receiver applied, the ledger confirms or lists as unknown; nothing was applied twice."""
    told: dict[str, set[str]] = {}
    for key, status, _ in world.store.effects.values():
        told.setdefault(key, set()).add(status)
    twice = Counter({key: count for key, count in world.receiver.applied.items() if count > 1})
    found = [f"{key} was applied {count} times" for key, count in twice.items() if key not in world.receiver.late]
    return found + [
        f"{key} was applied, and the ledger says {sorted(told.get(key, ()))}"
        for key, count in world.receiver.applied.items()
        if count and not told.get(key, set()) & {"confirmed", "unknown"}
    ]


def _quiet(world: "World") -> list[str]:
    """All is over: nothing is resident, nothing open, no command unread."""
    life: Any = world.fleet.current
    found = [f"{life.engine.in_memory} runs are still in memory"] if life.engine.in_memory else []
    found += [f"{UUID(bytes=key)} is still open" for key in world.store.open_runs]
    return found + world.source.unread(world.store.cursors)
