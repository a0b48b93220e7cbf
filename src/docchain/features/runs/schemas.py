"""What the doors say and hear about runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import to_json

from docchain.engine.attempt import MAX_OUTPUT
from docchain.engine.definition import WorkflowSpec
from docchain.platform.pagination import PageRequest

RunStatus = Literal["queued", "running", "waiting", "succeeded", "failed", "rejected", "cancelled"]

T = TypeVar("T")


def _bounded(value: Any) -> Any:
    if len(to_json(value)) > MAX_OUTPUT:
        raise ValueError(f"is larger than {MAX_OUTPUT:,} bytes; hand large values on as a document")
    return value


Handed = Annotated[T, AfterValidator(_bounded)]
"""What a person or another system hands a step: it becomes the step's output, so it is no larger than one."""

_RUN: Final[dict[str, Any]] = {
    "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
    "handle": "run_42",
    "status": "waiting",
    "workflow": "workflow_1",
    "workflow_version": 3,
    "label": "invoice_intake",
    "definition": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "origin": "api",
    "actor": "admin",
    "waits": {"approve": "approval"},
    "in_doubt": False,
    "inputs": {"limit": 1000},
    "warnings": [],
    "output": None,
    "failure": None,
    "message": None,
    "failed_step": None,
    "created_at": "2026-11-22T09:30:00Z",
    "started_at": "2026-11-22T09:30:00.004Z",
    "ended_at": None,
}


_STEP: Final[dict[str, Any]] = {
    "id": "approve",
    "kind": "human.approval",
    "title": "",
    "status": "waiting",
    "needs": ["fields"],
    "input": {"title": "Invoice 2026-114 over 1,000 EUR"},
    "output": None,
    "attempts": [{"attempt": 1, "outcome": "waiting", "at": "2026-11-22T09:30:01Z"}],
    "waits_for": "approval",
    "started_at": "2026-11-22T09:30:01Z",
    "ended_at": None,
}


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What is to be run: a checked definition with complete inputs, and where the wish came from."""

    spec: WorkflowSpec
    inputs: dict[str, Any]
    warnings: Sequence[str] = ()
    origin: str = "api"
    workflow_id: UUID | None = None
    workflow_number: int | None = None
    workflow_version: int | None = None


@dataclass(frozen=True, slots=True)
class RunFilter:
    statuses: Sequence[str] = ()
    workflow: str | None = None
    origin: str | None = None
    in_doubt: bool | None = None


class RunQuery(BaseModel):
    """How a list of runs is asked for."""

    model_config = ConfigDict(extra="forbid")

    status: list[RunStatus] = Field([], description="One or more; repeat the parameter.", examples=[["waiting"]])
    workflow: str | None = Field(None, description="Id, handle or number of a workflow.", examples=["workflow_1"])
    origin: str | None = Field(None, description="Where runs came from, such as `api` or `cli`.", examples=["api"])
    in_doubt: bool | None = Field(None, description="Only runs with (or without) a parked effect.")
    sort: Literal["created_at", "-created_at"] = "-created_at"
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = None
    total: bool = Field(default=False, description="Count all that match, too.")

    def filter(self) -> RunFilter:
        return RunFilter(self.status, self.workflow, self.origin, self.in_doubt)

    def page(self) -> PageRequest:
        return PageRequest(self.limit, self.cursor, self.total)


class Run(BaseModel):
    """A run: one execution of one definition."""

    model_config = ConfigDict(json_schema_extra={"example": _RUN})

    id: UUID
    handle: str
    status: RunStatus
    workflow: str | None = Field(description="Handle of the workflow it came from; null for a definition run directly.")
    workflow_version: int | None = Field(description="The published version it is pinned to; null for a draft.")
    label: str = Field(description="The definition's name.")
    definition: str = Field(description="Digest of the definition it follows, whatever becomes of the workflow.")
    origin: str
    actor: str
    waits: dict[str, str] = Field(
        default_factory=dict,
        description="What each waiting step waits for: `approval`, `time`, `in_doubt`, or a signal's name.",
    )
    in_doubt: bool = Field(default=False, description="An external effect is parked: nobody knows whether it happened.")
    inputs: dict[str, Any]
    warnings: list[str]
    output: Any = None
    failure: str | None = Field(None, description="Failure class, such as `bad_input`.")
    message: str | None = None
    failed_step: str | None = None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class Attempt(BaseModel):
    """How one attempt of a step went."""

    attempt: int
    outcome: Literal["done", "failed", "waiting", "unknown"]
    at: datetime
    failure: str | None = None
    message: str | None = None
    hint: str | None = None


class StepDetail(BaseModel):
    """One step of a run."""

    id: str
    kind: str
    title: str
    status: str
    needs: list[str]
    input: Any = Field(None, description="Its parameters with all values filled in; null before it begins.")
    output: Any = None
    attempts: list[Attempt]
    waits_for: str | None = None
    request: dict[str, Any] | None = Field(None, description="What is asked of the one who answers.")
    next_attempt_at: datetime | None = None
    expires_at: datetime | None = None
    failure: str | None = None
    message: str | None = None
    hint: str | None = None
    started_at: datetime | None
    ended_at: datetime | None


class RunDetail(Run):
    """A run with what each step did, as the engine knows it right now."""

    model_config = ConfigDict(json_schema_extra={"example": {**_RUN, "steps": [_STEP]}})

    steps: list[StepDetail]


class HistoryEntry(BaseModel):
    """One fact of a run's journal."""

    at: datetime
    fact: str
    step: str | None = None
    data: dict[str, Any]


class CancelRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "Uploaded the wrong file"}})

    reason: str = Field("", max_length=2_000)


class SignalRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"step": "payment", "signal": "paid", "payload": {"amount": "12.50"}}},
    )

    step: str
    signal: str
    payload: Handed[Any] = None


class ResolveRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"step": "deliver", "outcome": "confirmed", "output": {"status": 200}}},
    )

    step: str
    outcome: Literal["confirmed", "failed", "resend"] = Field(
        description="It happened; it did not and the step fails; or send it again."
    )
    output: Handed[Any] = Field(None, description="The step's output, with `confirmed`.")
