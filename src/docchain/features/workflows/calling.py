"""The step kind `workflow`: calls another workflow of the workspace; its definition is found when the step runs."""

from typing import Any, ClassVar, Final

from pydantic import ConfigDict, Field

from docchain.engine.definition import DefinitionError, canonical, digest_of
from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Call, Effect, Params, Result, StepContext, StepError, StepKind
from docchain.features.runs import Version, is_kept, keep_definition
from docchain.features.workflows.execution import ExecutionService
from docchain.platform.database import Database
from docchain.platform.errors import Conflict, Refusal
from docchain.platform.work import Actor, Work

ORIGIN: Final = "workflow"
"""Where child runs come from."""


class CallParams(Params):
    workflow: str | int = Field(description="Its name, handle or id.", examples=["extract_invoice"])
    version: Version = Field(
        "latest",
        description="A published version by number or label, `latest` (the newest, or else the draft) or `draft`.",
    )
    inputs: dict[str, Any] = Field({}, description="The inputs of the called workflow.")


class CallResult(Result):
    """The output of the called workflow, whatever it is."""

    model_config = ConfigDict(frozen=True, extra="allow")


class CallWorkflow(StepKind):
    """Run another workflow of the workspace and hand on its output.

    Args:
        database: where workflows are found; `None` where kinds are only looked at.
    """

    name = "workflow"
    title = "Call a workflow"
    effect = Effect.IDEMPOTENT
    params: ClassVar = CallParams
    result: ClassVar = CallResult

    def __init__(self, database: Database | None = None) -> None:
        self._database = database

    async def run(self, params: CallParams, context: StepContext) -> Call:
        if self._database is None:
            raise StepError("No workflow can be called here: there is no database.")
        actor = Actor(user_id=None, name=context.actor, workspace_id=context.workspace_id)
        try:
            call, digest, kept = await self._database.read(lambda work: _call(work, params), actor)
        except DefinitionError as error:
            told = "; ".join(f"with.{fault}" for fault in error.faults)
            raise StepError(told, FailureClass.BAD_INPUT, hint="Correct the inputs that this step gives.") from None
        except Refusal as refusal:
            failure = FailureClass.DENIED if isinstance(refusal, Conflict) else FailureClass.BAD_INPUT
            raise StepError(f"with.workflow: {refusal.detail}", failure, hint=refusal.hint) from None
        if not kept:
            await self._database.write(lambda work: keep_definition(work, digest, call.definition), actor)
        return call


def _call(work: Work, params: CallParams) -> tuple[Call, str, bool]:
    """What is called, the digest of its definition, and whether that is kept already."""
    service = ExecutionService(work, within_run=True)
    order = service.order(service.find_called(params.workflow), params.inputs, params.version)
    attributes = {
        "origin": ORIGIN,
        "workflow_id": str(order.workflow_id),
        "workflow_number": order.workflow_number,
        "workflow_version": order.workflow_version,
        "warnings": list(order.warnings),
    }
    digest = digest_of(order.spec)
    call = Call(canonical(order.spec), order.inputs, order.spec.workflow, attributes)
    return call, digest, is_kept(work, digest)
