"""What the doors say and hear about runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import to_json

from docchain.engine.attempt import MAX_OUTPUT
from docchain.features.runs.orders import How, RunMode
from docchain.platform.model import Model
from docchain.platform.pagination import PageQuery

RunStatus = Literal["queued", "running", "waiting", "paused", "succeeded", "failed", "rejected", "cancelled"]
Origin = Literal["api", "cli", "workflow", "error_workflow", "test", "system", "engine"]
"""Where runs come from; `engine`: started at the engine itself, by no door."""

T = TypeVar("T")


def _bounded(value: Any) -> Any:
    if len(to_json(value)) > MAX_OUTPUT:
        raise ValueError(f"is larger than {MAX_OUTPUT:,} bytes; hand large values on as a document")
    return value


Handed = Annotated[T, AfterValidator(_bounded)]
"""What a person or another system hands a step: it becomes the step's output, so it is no larger than one."""

RUN_EXAMPLE: Final[dict[str, Any]] = {
    "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
    "handle": "run_42",
    "status": "waiting",
    "workflow": "workflow_1",
    "workflow_version": 3,
    "label": "invoice_intake",
    "definition": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "origin": "api",
    "mode": "normal",
    "actor": "admin",
    "priority": 0,
    "parent": None,
    "source": None,
    "deduplicated": False,
    "waits": {"approve": "approval"},
    "in_doubt": False,
    "inputs": {"limit": 1000},
    "warnings": [],
    "output": None,
    "omitted": [],
    "failure": None,
    "message": None,
    "failed_step": None,
    "created_at": "2026-11-22T09:30:00Z",
    "started_at": "2026-11-22T09:30:00.004Z",
    "ended_at": None,
}


@dataclass(frozen=True, slots=True)
class RunFilter:
    statuses: Sequence[str] = ()
    workflow: str | None = None
    origin: str | None = None
    in_doubt: bool | None = None
    parent: str | None = None
    source: str | None = None
    mode: str | None = None
    children: bool = False
    system: bool = False


class RunSelection(BaseModel):
    """Which runs."""

    model_config = ConfigDict(extra="forbid")

    status: list[RunStatus] = Field(
        [], max_length=20, description="One or more; in a query, repeat the parameter.", examples=[["waiting"]]
    )
    workflow: str | None = Field(
        None, max_length=200, description="Id, handle or number of a workflow.", examples=["workflow_1"]
    )
    origin: Origin | None = Field(None, description="Where runs came from.", examples=["api"])
    in_doubt: bool | None = Field(None, description="Only runs with (or without) a parked effect.")
    parent: str | None = Field(
        None, max_length=200, description="Child runs of this run, by id or handle.", examples=["run_7"]
    )
    source: str | None = Field(
        None, max_length=200, description="Runs made from this one: restarted, forked.", examples=["run_7"]
    )
    mode: RunMode | None = Field(None, description="Test runs and dry runs, or none of them.")
    children: bool = Field(default=False, description="Child runs, too; they are hidden unless asked for.")

    def filter(self) -> RunFilter:
        return RunFilter(
            tuple(self.status),
            self.workflow,
            self.origin,
            self.in_doubt,
            parent=self.parent,
            source=self.source,
            mode=self.mode,
            children=self.children,
        )


class RunQuery(PageQuery, RunSelection):
    """How a list of runs is asked for."""

    system: bool = Field(default=False, description="Runs of the product itself, too, such as bulk orders.")
    sort: Literal["created_at", "-created_at"] = "-created_at"

    def filter(self) -> RunFilter:
        return replace(super().filter(), system=self.system)


class ParentRun(Model):
    """The step that called a run."""

    run: str = Field(examples=["run_7"])
    step: str = Field(examples=["parse[3]"])


class SourceRun(Model):
    """The run that another one was made from."""

    run: str = Field(examples=["run_7"])
    how: How


class Run(Model):
    """A run: one execution of one definition."""

    model_config = ConfigDict(json_schema_extra={"example": RUN_EXAMPLE})

    id: UUID
    handle: str
    status: RunStatus
    mode: RunMode = Field("normal", description="`test`: only some steps; `dry`: with effects off.")
    workflow: str | None = Field(description="Handle of the workflow it came from; null for a definition run directly.")
    workflow_version: int | None = Field(description="The published version it is pinned to; null for a draft.")
    label: str = Field(description="The definition's name.")
    definition: str = Field(description="Digest of the definition it follows, whatever becomes of the workflow.")
    origin: str
    actor: str
    priority: int = 0
    parent: ParentRun | None = Field(None, description="The step of another run that called this one.")
    source: SourceRun | None = Field(None, description="The run it was restarted or forked from.")
    deduplicated: bool = Field(default=False, description="Nothing was started: a run with the same key is the answer.")
    waits: dict[str, str] = Field(
        default_factory=dict,
        description="What each waiting step waits for: `approval`, `time`, `in_doubt`, `run` (one that it called), or a"
        " signal's name.",
    )
    in_doubt: bool = Field(default=False, description="An external effect is parked: nobody knows whether it happened.")
    inputs: dict[str, Any]
    warnings: list[str]
    output: Any = None
    omitted: list[Literal["inputs", "warnings", "waits", "output"]] = Field(
        default_factory=list, description="Too long for a list, so empty here; the run's own page has them."
    )
    failure: str | None = Field(None, description="Failure class, such as `bad_input`.")
    message: str | None = None
    failed_step: str | None = None
    created_at: datetime
    start_at: datetime | None = Field(None, description="It does not start before.")
    started_at: datetime | None
    ended_at: datetime | None
    purged_at: datetime | None = Field(
        None, description="When retention removed its inputs and outputs; what happened is still told."
    )


class HistoryEntry(Model):
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
