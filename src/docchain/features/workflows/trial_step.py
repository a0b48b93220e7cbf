"""The step kind of a what-if: does one past run again; the definition is read once for all of them."""

import asyncio
from typing import Any, ClassVar, Final
from uuid import UUID

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Call, Effect, Params, StepContext, StepError, StepKind
from docchain.features.runs import RunService, kept_definition
from docchain.features.workflows.calling import ORIGIN, CallResult
from docchain.platform.database import Database
from docchain.platform.work import Actor, Work

NAME: Final = "workflow.trial"
_DENIED: Final = FailureClass.DENIED
_REMEMBERED: Final = 4
"""What-ifs whose definition is kept in memory."""


class TrialParams(Params):
    definition: str
    workflow: dict[str, Any]
    inputs: dict[str, Any]
    warnings: list[str]
    fault: str


class TryAgain(StepKind):
    """Do a past run again by the definition of a what-if; other workflows cannot use it."""

    name = NAME
    title = "Try a past run again"
    effect = Effect.IDEMPOTENT
    internal = True
    params: ClassVar = TrialParams
    result: ClassVar = CallResult

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bodies: dict[UUID, str] = {}
        self._reading = asyncio.Lock()

    async def run(self, params: TrialParams, context: StepContext) -> Call:
        if params.fault:
            raise StepError(params.fault, FailureClass.BAD_INPUT, hint="The past run's inputs do not fit any more.")
        body = await self._body(params.definition, context)
        return Call(body, params.inputs, "", {"origin": ORIGIN, **params.workflow, "warnings": params.warnings})

    async def _body(self, digest: str, context: StepContext) -> str:
        async with self._reading:
            if context.run_id not in self._bodies:
                actor = Actor(user_id=None, name=context.actor, workspace_id=context.workspace_id)
                body = await self._database.read(lambda work: _chosen(work, context.run_id, digest), actor)
                self._bodies[context.run_id] = body
                if len(self._bodies) > _REMEMBERED:
                    del self._bodies[next(iter(self._bodies))]
            return self._bodies[context.run_id]


def _chosen(work: Work, run_id: UUID, digest: str) -> str:
    if RunService(work).read(str(run_id)).origin != "system":
        raise StepError("Only a what-if tries past runs; ask for one with POST /workflows/{id}/what-if.", _DENIED)
    body = kept_definition(work, digest)
    if body is None:
        raise StepError("The definition is no longer kept.", _DENIED, hint="Ask for the what-if again.")
    return body
