"""Signals to the steps of many runs in one go, for a reader that acts as the system."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from docchain.features.runs.repository import RunRepository
from docchain.platform.work import Work


@dataclass(frozen=True, slots=True)
class Signal:
    """What one waiting step is told."""

    run_id: UUID
    workspace_id: UUID
    step: str
    signal: str
    payload: Any


def signal_many(work: Work, signals: Sequence[Signal]) -> None:
    """Order every signal whose run has not ended; wake the engine once the transaction has committed."""
    runs = RunRepository(work.session)
    unfinished = runs.unfinished({signal.run_id for signal in signals})
    rows = [
        {
            "run_id": signal.run_id,
            "workspace_id": signal.workspace_id,
            "kind": "signal",
            "actor": work.actor.name,
            "payload": {"step": signal.step, "signal": signal.signal, "payload": signal.payload},
        }
        for signal in signals
        if signal.run_id in unfinished
    ]
    if rows:
        runs.append_commands(rows)
