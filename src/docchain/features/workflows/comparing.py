"""A what-if's result: each past run beside its trial, as the engine knows both right now; computed, never stored."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol
from uuid import UUID

from docchain.engine.machine.state import RunState
from docchain.features.runs import Run, status_of
from docchain.features.workflows.differences import Difference, differences, written
from docchain.features.workflows.trial_schemas import Change, StatusChange, WhatIf, WhatIfItem, WhatIfSummary
from docchain.features.workflows.trying import TRY

SHOWN: Final = 100
"""Differences of one run that are shown."""

PENDING: Final = "pending"
_OPEN: Final = frozenset({"queued", "running", "waiting", "paused"})


class States(Protocol):
    """The side of an engine that is asked here."""

    async def state(self, run_id: UUID) -> RunState | None: ...


async def compared(run: Run, state: RunState | None, trials: Mapping[str, Run], engine: States) -> WhatIf:
    """Every past run of a what-if beside its trial; `state`: how the what-if stood before the trials were listed."""
    items = [
        await _item(past, trials.get(f"{TRY}[{place}]"), _message(state, place), engine)
        for place, past in enumerate(run.inputs["runs"])
    ]
    return WhatIf(
        run=run.handle,
        status=run.status if state is None else status_of(state),
        workflow=run.inputs["workflow"],
        version=run.inputs["version"],
        summary=_summary(items),
        items=items,
    )


def _message(state: RunState | None, place: int) -> str:
    step = state.steps.get(f"{TRY}[{place}]") if state else None
    return step.message if step else ""


async def _item(past: Mapping[str, Any], trial: Run | None, message: str, engine: States) -> WhatIfItem:
    before = await engine.state(UUID(past["id"]))
    after = None if trial is None else await engine.state(trial.id)
    status = StatusChange(before=status_of(before) if before else "unknown", after=_outcome(after, message))
    found: list[Difference] = []
    if before is None:
        message = f"The history of {past['run']} is no longer kept; outputs cannot be compared."
    elif after is not None and status.after != PENDING:
        found = list(differences(before.output, after.output))
    return WhatIfItem(
        run=past["run"],
        trial=trial.handle if trial else None,
        status=status,
        same=status.before == status.after and not found,
        changes=_shown(found),
        more_changes=max(0, len(found) - SHOWN),
        message=message or (after.message if after else ""),
    )


def _outcome(after: RunState | None, message: str) -> str:
    if after is None:
        return "failed" if message else PENDING
    status = status_of(after)
    return PENDING if status in _OPEN else status


def _shown(found: list[Difference]) -> list[Change]:
    return [
        Change(path=written(one.path, "output"), change=one.change, before=one.before, after=one.after)
        for one in found[:SHOWN]
    ]


def _summary(items: Iterable[WhatIfItem]) -> WhatIfSummary:
    told = list(items)
    ended = [item for item in told if item.status.after != PENDING]
    return WhatIfSummary(
        runs=len(told),
        same=sum(item.same for item in ended),
        output_changed=sum(bool(item.changes) for item in ended),
        status_changed=sum(item.status.before != item.status.after for item in ended),
        pending=len(told) - len(ended),
    )
