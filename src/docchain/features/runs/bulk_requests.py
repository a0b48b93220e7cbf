"""What is sent to control many runs at once, and what a dry run of it answers."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from docchain.engine.definition.models import Duration
from docchain.engine.durations import parse_duration
from docchain.features.runs.control_requests import FirstStep, Reason, Version
from docchain.features.runs.schemas import RunSelection, RunStatus
from docchain.platform.model import NUMBER, Model

Action = Literal["cancel", "pause", "resume", "retry", "restart", "fork"]
STARTING = ("restart", "fork")


def _at_most_an_hour(value: str) -> str:
    if parse_duration(value) > parse_duration("1h"):
        raise ValueError("is longer than an hour; a canary is watched for an hour at most")
    return value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Canary(_Part):
    """The first runs; the others follow when these have ended well."""

    count: Annotated[int, Field(ge=1, le=100), NUMBER] = 1
    within: Annotated[Duration, AfterValidator(_at_most_an_hour)] = "10m"


class BulkFilter(RunSelection):
    """Which runs, as lists filter them."""

    def narrows(self) -> bool:
        """Whether it leaves any run out, but for child runs."""
        return any(value not in (None, []) for value in self.model_dump(exclude={"children"}).values())


class BulkRequest(_Part):
    """One action for many runs: those named, or all that match a filter now."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "action": "retry",
                "filter": {"status": ["failed"], "workflow": "workflow_1"},
                "canary": {"count": 3, "within": "5m"},
                "reason": "The tax office answers again",
            }
        }
    )

    action: Action
    runs: list[str] | None = Field(None, min_length=1, max_length=10_000, description="Ids or handles.")
    filter: BulkFilter | None = None
    all: bool = Field(default=False, strict=True, description="Needed where the filter says nothing.")
    canary: Canary | None = None
    dry_run: bool = Field(default=False, strict=True, description="Only tell what would happen.")
    reason: Reason = ""
    version: Version | None = Field(None, description="With `restart` and `fork`: another version to follow.")
    from_: FirstStep | None = Field(None, alias="from", description="With `fork`: the first step that runs again.")
    inputs: dict[str, Any] = Field({}, description="With `fork`: inputs that change.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.runs is None) == (self.filter is None):
            raise ValueError("give `runs` or `filter`, one of them")
        if self.filter is not None and not self.all and not self.filter.narrows():
            raise ValueError('the filter chooses all runs; narrow it, or say `"all": true`')
        if (self.from_ is None) == (self.action == "fork"):
            raise ValueError("give `from` with `fork`, and only with it")
        if self.version is not None and self.action not in STARTING:
            raise ValueError("`version` is for `restart` and `fork` only")
        if self.inputs and self.action != "fork":
            raise ValueError("`inputs` are for `fork` only")
        return self

    def order(self) -> dict[str, Any]:
        """What each run is told beside the action; empty members are left out."""
        told = {"reason": self.reason, "version": self.version, "from": self.from_, "inputs": self.inputs}
        return {name: value for name, value in told.items() if value}


class BulkTarget(Model):
    """One of the runs that an order would reach."""

    run: str = Field(examples=["run_42"])
    status: RunStatus
    possible: bool = Field(description="Whether its state allows the action, as far as the list knows.")


class BulkPreview(Model):
    """What a bulk order would do now."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "action": "retry",
                "total": 2,
                "possible": 1,
                "refused": {"succeeded": 1},
                "canary": [],
                "runs": [
                    {"run": "run_42", "status": "failed", "possible": True},
                    {"run": "run_41", "status": "succeeded", "possible": False},
                ],
            }
        }
    )

    action: Action
    total: int
    possible: int
    refused: dict[str, int] = Field(description="How many cannot take the action, by status.")
    canary: list[str] = Field(description="The runs that would go first.")
    runs: list[BulkTarget] = Field(description="The first hundred.")
