"""A job: one attempt of one step with everything a worker needs, checked before it costs anything."""

from collections.abc import Awaitable
from typing import Any, Final

import msgspec
from pydantic import BaseModel

from docchain.engine.attempt import error_fact, lookup_error_fact, perform, read_params
from docchain.engine.kinds import StepContext, StepKind, Vault
from docchain.engine.local.ready import Item, Lane
from docchain.engine.local.resident import Resident, effect_key
from docchain.engine.machine import state as s
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Fact, Failed
from docchain.engine.machine.plan import PlannedStep
from docchain.engine.notes import NoteLimits
from docchain.platform.turns import act_for

_AWAITED: Final = frozenset({s.PENDING, s.UNKNOWN})


class Job(msgspec.Struct, gc=False):
    """`announces`: its intent must be durable before the call."""

    run: Resident
    command: RunStep
    planned: PlannedStep
    kind: StepKind
    params: BaseModel
    context: StepContext
    announces: bool
    lane: Lane

    @property
    def tried(self) -> int:
        """Attempts before the run was reopened."""
        return self.run.state.steps[self.command.step].tried


def is_wanted(run: Resident, command: RunStep) -> bool:
    """Whether the run still waits for this attempt."""
    if run.broken:
        return False
    state = run.state
    step = state.steps[command.step]
    awaits = step.attempt == command.attempt and step.status in _AWAITED
    return awaits and state.ended_at is None and state.status != s.PAUSED


def prepare(
    item: Item, planned: PlannedStep, kind: StepKind, at: int, may_note: NoteLimits, vault: Vault | None = None
) -> Job | Failed:
    """The job, or the fact that its parameters do not fit."""
    run, command, lane = item
    params = read_params(planned, kind, command, at)
    if isinstance(params, Failed):
        return params
    state = run.state
    context = StepContext(
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
        dry=state.dry,
        may_note=may_note,
        vault=vault,
    )
    announces = planned.external and not command.lookup and not state.dry
    return Job(run, command, planned, kind, params, context, announces, lane)


def undertake(job: Job) -> Awaitable[Any]:
    """What is to be done and waited for; not a coroutine itself, for that would be one more a step."""
    kind, params, context = job.kind, job.params, job.context
    act_for(context.workspace_id)
    if job.command.lookup:
        return kind.lookup(params, context)
    if context.dry:
        return perform(kind, params, context, external=job.planned.external)
    return kind.run(params, context)


def error_of(job: Job, error: Exception, at: int) -> Fact:
    """The fact for what a kind raised."""
    planned, attempt = job.planned, job.command.attempt
    if job.command.lookup:
        return lookup_error_fact(planned, attempt, error, at)
    return error_fact(planned, attempt, error, at, tried=job.tried)
