"""What is told of a run's steps, and of the items of a step that maps."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from docchain.features.runs.costs import Cost
from docchain.features.runs.schemas import RUN_EXAMPLE, Run
from docchain.platform.model import Model
from docchain.platform.pagination import Cursor

StepStatus = Literal[
    "pending", "sending", "waiting", "retrying", "unknown", "mapping", "done", "failed", "skipped", "cancelled"
]
Because = Literal["condition", "need", "branch", "not_selected", "dry_run"]

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


class Attempt(Model):
    """How one attempt of a step went."""

    attempt: int
    outcome: Literal["done", "failed", "waiting", "unknown"]
    started_at: datetime | None = Field(None, description="Null while it is not known to have begun.")
    at: datetime = Field(description="When this came of it.")
    cost: Cost | None = None
    failure: str | None = None
    message: str | None = None
    hint: str | None = None


class _Told(Model):
    """What steps and items have in common."""

    status: StepStatus
    input: Any = Field(None, description="Its parameters with all values filled in; null before it begins.")
    output: Any = None
    attempts: list[Attempt]
    cost: Cost | None = Field(None, description="Of all attempts, and of all items of a step that maps.")
    logged: int = Field(0, description="How many lines its attempts logged; `GET /runs/{run}/steps/{step}/logs`.")
    waits_for: str | None = None
    request: dict[str, Any] | None = Field(None, description="What is asked of the one who answers.")
    child: str | None = Field(None, description="The run it called.", examples=["run_43"])
    next_attempt_at: datetime | None = None
    wakes_at: datetime | None = Field(None, description="When its wait ends by itself.")
    expires_at: datetime | None = None
    failure: str | None = None
    message: str | None = None
    hint: str | None = None
    started_at: datetime | None
    ended_at: datetime | None


class ItemDetail(_Told):
    """One item of a step that maps; signals and retries name it as a step."""

    name: str = Field(examples=["parse[3]"])
    index: int
    item: Any = Field(None, description="What the step was given.")


class ItemPage(Model):
    """Some of a step's items, by their place."""

    items: list[ItemDetail]
    next_cursor: str | None = None
    total: int = Field(description="How many items the step has.")
    counts: dict[str, int] = Field(
        description="How many items are in each status.", examples=[{"done": 97, "failed": 3}]
    )


class StepDetail(_Told):
    """One step of a run."""

    id: str
    kind: str
    title: str
    needs: list[str]
    items: ItemPage | None = Field(None, description="Of a step that maps: counts, and its first items.")
    skipped_because: Because | None = Field(
        None,
        description="`condition`: its own; `need`: what it needs did not come about; `branch`: nothing failed that it "
        "handles; `not_selected`: this run leaves it out; `dry_run`: it would wait, or act on the world.",
    )
    caught_by: str | None = Field(None, description="It failed, and this step went on in its place.")
    taken_over: bool = Field(default=False, description="It did not run here: its output was given at the start.")


class RunDetail(Run):
    """A run with what each step did, as the engine knows it right now."""

    model_config = ConfigDict(json_schema_extra={"example": {**RUN_EXAMPLE, "steps": [_STEP]}})

    steps: list[StepDetail]
    cost: Cost | None = Field(None, description="Of all steps.")


class ItemQuery(BaseModel):
    """How items of a step are asked for."""

    model_config = ConfigDict(extra="forbid")

    status: list[StepStatus] = Field([], description="One or more; repeat the parameter.", examples=[["failed"]])
    limit: int = Field(50, ge=1, le=200)
    cursor: Cursor | None = None
