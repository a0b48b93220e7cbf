"""What the doors say and hear about trials and about what-ifs."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from docchain.features.runs import Version
from docchain.features.workflows.execution_schemas import Seconds
from docchain.platform.model import NO_FLAG, Model

MOST_RUNS = 100
EndedStatus = Literal["succeeded", "failed", "rejected", "cancelled"]
Chosen = Annotated[
    Version, Field(description="The draft, a published version by number or label, or `latest`.", examples=["draft"])
]


class TrialRequest(BaseModel):
    """Some steps of a workflow, run on pinned outputs of the others."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"steps": ["text"], "pins": {"who": {"name": "Ana"}}, "inputs": {}, "dry": True, "wait": 30}
        },
    )

    steps: list[str] = Field(min_length=1, max_length=1_000, description="The steps to run.")
    pins: dict[str, Any] = Field({}, description="Outputs of steps that do not run, by their ids.")
    from_run: str | None = Field(None, description="A past run whose outputs and inputs stand in where none is given.")
    inputs: dict[str, Any] = Field({}, description="Inputs; only what the chosen steps read is required.")
    version: Chosen = "draft"
    dry: bool = Field(default=False, strict=True, description="With effects off.")
    wait: Annotated[Seconds, Strict()] | None = None


class WhatIfRequest(BaseModel):
    """Past runs, done again dry by another definition."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": "draft", "last": 20}})

    version: Chosen = "draft"
    runs: list[str] = Field([], max_length=MOST_RUNS, description="Past runs, by handle or id.", examples=[["run_41"]])
    last: Annotated[int, Field(ge=1, le=MOST_RUNS), NO_FLAG] | None = Field(
        None, description="The newest runs that ended, so many."
    )
    status: list[EndedStatus] = Field(
        ["succeeded", "failed", "rejected"], min_length=1, description="With `last`: only runs that ended so."
    )
    wait: Annotated[Seconds, Strict()] | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> "WhatIfRequest":
        if bool(self.runs) == (self.last is not None):
            raise ValueError("give either `runs` or `last`")
        return self


class Change(Model):
    """One difference of two outputs."""

    path: str = Field(examples=["output.total.amount"])
    change: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None


class StatusChange(Model):
    before: str
    after: str = Field(description="`pending` while the other definition has not come to an end.")


class WhatIfItem(Model):
    """One past run beside its trial."""

    run: str
    trial: str | None = Field(description="The dry run of the other definition; null if it could not begin.")
    status: StatusChange
    same: bool = Field(description="Neither the status nor the output differs.")
    changes: list[Change] = Field(description="By path, the first ones.")
    more_changes: int = Field(description="How many further ones there are.")
    message: str = Field("", description="Why the trial failed, or why outputs cannot be compared.")


class WhatIfSummary(Model):
    runs: int
    same: int
    output_changed: int
    status_changed: int
    pending: int


class WhatIf(Model):
    """What another definition would have made of past runs."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "run": "run_90",
                "status": "succeeded",
                "workflow": "workflow_1",
                "version": "draft",
                "summary": {"runs": 1, "same": 0, "output_changed": 1, "status_changed": 0, "pending": 0},
                "items": [
                    {
                        "run": "run_41",
                        "trial": "run_91",
                        "status": {"before": "succeeded", "after": "succeeded"},
                        "same": False,
                        "changes": [{"path": "output.total", "change": "changed", "before": "12.50", "after": "12.05"}],
                        "more_changes": 0,
                        "message": "",
                    }
                ],
            }
        }
    )

    run: str
    status: str
    workflow: str
    version: Version
    summary: WhatIfSummary
    items: list[WhatIfItem]
