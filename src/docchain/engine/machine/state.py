"""The state of a run: the fold of its facts; bookkeeping only, nothing is evaluated here."""

from typing import Any

import msgspec

PENDING = "pending"
SENDING = "sending"
WAITING = "waiting"
RETRYING = "retrying"
UNKNOWN = "unknown"
DONE = "done"
FAILED = "failed"
SKIPPED = "skipped"
CANCELLED = "cancelled"

SETTLED = frozenset({DONE, FAILED, SKIPPED, CANCELLED})

RUNNING = "running"
SUCCEEDED = "succeeded"
REJECTED = "rejected"


class StepState(msgspec.Struct, omit_defaults=True, gc=False):
    """One step. `attempt` counts from 1; `due` wakes a retry or a wait, `expires` is a wait's time-out."""

    status: str = PENDING
    attempt: int = 1
    signal: str | None = None
    due: int | None = None
    expires: int | None = None
    rejects: bool = False
    request: dict[str, Any] | None = None
    failure: str = ""
    message: str = ""
    hint: str = ""
    retry_after: int | None = None
    started_at: int | None = None
    ended_at: int | None = None


class RunState(msgspec.Struct, omit_defaults=True, gc=False):
    """A run. `stopping` holds the status it will end with while effects under way are awaited."""

    run_id: str
    steps: dict[str, StepState]
    outputs: dict[str, Any] = {}
    inputs: dict[str, Any] = {}
    status: str = PENDING
    started_at: int = 0
    ended_at: int | None = None
    actor: str = ""
    label: str = ""
    stopping: str = ""
    reason: str = ""
    failed_step: str = ""
    output: Any = None
    failure: str = ""
    message: str = ""


def scope_of(state: RunState) -> dict[str, Any]:
    """What expressions see."""
    return {
        "inputs": state.inputs,
        "steps": state.outputs,
        "run": {"id": state.run_id, "actor": state.actor, "workflow": state.label},
    }
