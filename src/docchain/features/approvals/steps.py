"""The step kind `human.approval`: asks people, and waits for their answer."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from docchain.engine.kinds import Effect, Params, Result, StepContext, StepKind, Wait
from docchain.features.approvals.domain import ANSWER, APPROVED, KIND, assignees_of
from docchain.features.approvals.form import FormField


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Assignees = Annotated[
    list[str],
    BeforeValidator(_as_list),
    Field(max_length=100, examples=[["role:finance", "user:ana"]], json_schema_extra={"type": ["array", "string"]}),
]


class ApprovalParams(Params):
    title: str = Field(min_length=1, max_length=300, description="The question, in one line.")
    message: str = Field("", max_length=10_000)
    assignees: Assignees = Field([], description="Names, `user:<name>` or `role:<name>`; empty: anyone who may answer.")
    form: dict[str, FormField] = Field({}, max_length=100, description="Fields to fill in with the answer.")
    data: Any = Field(None, description="Values to look at.")
    document: Any = Field(None, description="The document to look at.")
    escalate_to: Assignees = Field([], description="Who is asked when the step's timeout says `then: escalate`.")


class Decision(Result):
    """`decision` is `approved`, `rejected`, or `timed_out` where the timeout says `then: continue`."""

    decision: str
    comment: str = ""
    values: dict[str, Any] = Field({})
    answered_by: str = ""


class HumanApproval(StepKind):
    """Ask people to approve or reject, with a form; a rejection nobody looks at ends the run as rejected."""

    name = "human.approval"
    title = "Ask for approval"
    effect = Effect.IDEMPOTENT
    params: ClassVar = ApprovalParams
    result: ClassVar = Decision

    async def run(self, params: ApprovalParams, context: StepContext) -> Wait:  # noqa: ARG002 - the contract's shape
        request = params.model_dump(mode="json", exclude={"escalate_to", "assignees"}, exclude_defaults=True)
        request |= {"kind": KIND, "assignees": assignees_of(params.assignees)}
        return Wait(signal=ANSWER, request=request, rejects=True)

    async def preview(self, params: ApprovalParams, context: StepContext) -> Decision:  # noqa: ARG002 - the contract's shape
        """In a dry run nobody is asked, and all is approved."""
        return Decision(decision=APPROVED, comment="Approved by the dry run; nobody was asked.")


def approval_kinds() -> list[StepKind]:
    return [HumanApproval()]
