"""A job: one attempt of one step with everything a worker needs, checked before it costs anything."""

from typing import Any

import msgspec
from pydantic import BaseModel

from docchain.engine.attempt import read_params
from docchain.engine.kinds import StepContext, StepKind
from docchain.engine.local.resident import Resident, effect_key
from docchain.engine.machine import state as s
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Failed
from docchain.engine.machine.plan import PlannedStep


class Job(msgspec.Struct, gc=False):
    """`announces`: its intent must be durable before the call."""

    run: Resident
    command: RunStep
    planned: PlannedStep
    kind: StepKind
    params: BaseModel
    context: StepContext

    @property
    def announces(self) -> bool:
        return self.planned.external and not self.command.lookup


def is_wanted(run: Resident, command: RunStep) -> bool:
    """Whether the run still waits for this attempt."""
    step = run.state.steps[command.step]
    return not run.ended and step.attempt == command.attempt and step.status in {s.PENDING, s.UNKNOWN}


def prepare(run: Resident, command: RunStep, kind: StepKind, at: int) -> Job | Failed:
    """The job, or the fact that its parameters do not fit."""
    params = read_params(kind, command, at)
    if isinstance(params, Failed):
        return params
    return Job(run, command, run.plan.steps[command.step], kind, params, _context(run, command, kind, at))


def _context(run: Resident, command: RunStep, kind: StepKind, at: int) -> StepContext:
    state: Any = run.state
    return StepContext(
        run_id=run.id,
        workspace_id=run.workspace,
        step_id=command.step,
        attempt=command.attempt,
        kind=kind.name,
        kind_version=kind.version,
        effect_key=effect_key(state.run_id, command.step),
        started=state.started_at,
        began=at,
        actor=state.actor,
        inputs=state.inputs,
    )
