"""What is sent to control a run, or to make another one of it."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from docchain.features.runs.schemas import Handed
from docchain.platform.model import NO_FLAG

Reason = Annotated[str, Field(max_length=2_000, description="Kept in the audit trail.")]
StepName = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\[\d{1,5}\])?$")]


def _whole(name: str) -> str:
    step, item, _ = name.partition("[")
    if item:
        raise ValueError(
            f"names an item; a fork begins with a whole step: give {step!r}, and `pins` for what is to stay"
        )
    return name


FirstStep = Annotated[
    StepName, AfterValidator(_whole), Field(json_schema_extra={"pattern": r"^[A-Za-z_][A-Za-z0-9_]*$"})
]
VersionLabel = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,49}$")]
Version = Annotated[
    Annotated[int, Field(ge=1, le=2_147_483_647), NO_FLAG] | VersionLabel,
    Field(
        description="A published version of the workflow by number or label; `latest`: the newest version, of a "
        "workflow without any its draft; or `draft`.",
        examples=["latest", 3, "production", "draft"],
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class PauseRequest(_Request):
    model_config = ConfigDict(json_schema_extra={"example": {"reason": "The bank is closed"}})

    reason: Reason = ""


class RetryRequest(_Request):
    """Which failed steps are tried again: all, or those named; `parse[3]` is one item of a mapped step."""

    model_config = ConfigDict(json_schema_extra={"example": {"steps": ["parse[3]"], "reason": "The file is there now"}})

    steps: list[StepName] = Field([], max_length=1_000)
    reason: Reason = ""


class RestartRequest(_Request):
    """A new run with the same inputs; without `version`, of the definition that the run followed."""

    model_config = ConfigDict(json_schema_extra={"example": {"version": "latest"}})

    version: Version | None = None
    reason: Reason = ""


class ForkRequest(RestartRequest):
    """A new run that goes on from a step; what does not follow that step is taken over as it was."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"from": "fields", "inputs": {"limit": 500}, "version": "latest"}}
    )

    from_: FirstStep = Field(alias="from", description="The first step that runs again.")
    inputs: dict[str, Any] = Field({}, description="Inputs that change; the others stay.")
    pins: dict[StepName, Handed[Any]] = Field(
        {},
        description="Steps that do not run: this is their output.",
        json_schema_extra={"additionalProperties": False},
    )
