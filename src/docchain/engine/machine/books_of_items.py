"""The books of `for_each`: items are counted as they settle; their outputs are folded into one at the end."""

from typing import Any

from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.plan import item_name
from docchain.engine.machine.state import Fan, RunState, StepState


def fanned_out(state: RunState, fact: f.FannedOut) -> None:
    state.steps[fact.step].status = s.MAPPING
    state.fans[fact.step] = Fan(fact.count, fact.tolerate, fact.items)
    for index in range(fact.count):
        state.steps[item_name(fact.step, index)] = StepState(of=fact.step)


def count(state: RunState, step: StepState) -> None:
    """An item is settled (or failed, which a retry takes back)."""
    fan = state.fans[step.of]
    fan.settled += 1
    fan.failed += step.status == s.FAILED
    fan.held += state.status == s.PAUSED


def uncount(state: RunState, step: StepState) -> None:
    fan = state.fans[step.of]
    fan.settled -= 1
    fan.failed -= 1
    fan.held -= state.status == s.PAUSED


def gathered(state: RunState, fact: f.Gathered) -> None:
    step = state.steps[fact.step]
    step.status = s.DONE
    step.ended_at = fact.at
    state.outputs[fact.step] = _output(state, fact.step)
    if state.status == s.PAUSED:
        state.held.append(fact.step)


def _output(state: RunState, name: str) -> dict[str, Any]:
    names = [item_name(name, index) for index in range(state.fans[name].count)]
    failures = [
        {"index": index, "failure": step.failure, "message": step.message}
        for index, item in enumerate(names)
        if (step := state.steps[item]).status == s.FAILED
    ]
    return {
        "items": [state.outputs.get(item) for item in names],
        "succeeded": sum(state.steps[item].status == s.DONE for item in names),
        "failed": len(failures),
        "failures": failures,
    }


def cancel(state: RunState, name: str, at: int) -> None:
    """Too many items failed: the open ones come to nothing; parked ones stay unknown."""
    for index in range(state.fans[name].count):
        step = state.steps[item_name(name, index)]
        if step.status in s.SETTLED:
            continue
        if step.status != s.UNKNOWN:
            step.status = s.CANCELLED
        step.ended_at = at
        step.signal = step.due = step.expires = None


def not_done(state: RunState, name: str, named: set[str]) -> list[int]:
    names = [item_name(name, index) for index in range(state.fans[name].count)]
    kept = {s.DONE, s.SKIPPED}
    return [index for index, item in enumerate(names) if state.steps[item].status not in kept or item in named]


def reopen(state: RunState, name: str, order: list[int]) -> list[str]:
    """Count anew; the items that are to be done again, all but those in doubt to be tried from the start."""
    fan = state.fans[name]
    again = [item_name(name, index) for index in order]
    every = (item_name(name, index) for index in range(fan.count))
    failed = sum(state.steps[item].status == s.FAILED for item in every)
    left = failed - sum(state.steps[item].status == s.FAILED for item in again)
    state.fans[name] = Fan(fan.count, fan.tolerate, fan.items, order, left=left)
    return [item for item in again if state.steps[item].status != s.UNKNOWN]
