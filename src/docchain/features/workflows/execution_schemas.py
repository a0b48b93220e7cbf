"""What the doors hear about executing a workflow."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, Strict, field_validator

from docchain.features.runs import StartOptions, Version
from docchain.platform.model import NO_FLAG

Seconds = Annotated[float, Field(ge=0, le=300, description="Wait so long for the end of the run.", examples=[30])]


class ExecuteRequest(StartOptions):
    """Inputs of a run. `parameters` is another word for `inputs`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"inputs": {"name": "Ana"}, "wait": 30}})

    inputs: dict[str, Any] = Field(
        {}, description="Documents by id or handle; undeclared inputs are kept, with a warning."
    )
    parameters: dict[str, Any] = Field({})
    version: Version = Field(
        "latest",
        description="A published version by number or label, `draft`, or `latest`: the newest one, or else the draft.",
    )
    dry_run: bool = Field(
        default=False,
        strict=True,
        description="Effects off: deliveries and requests are previewed or left out, nobody is asked.",
    )
    wait: Annotated[Seconds, Strict()] | None = None

    @field_validator("version", mode="before")
    @classmethod
    def _any(cls, value: Any) -> Any:
        """Clients that always send the field mean the same with null as without it."""
        return "latest" if value is None else value

    @property
    def given(self) -> dict[str, Any]:
        return {**self.parameters, **self.inputs}


class NamedExecuteRequest(ExecuteRequest):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"workflow_id": 1, "parameters": {"name": "Ana"}}}
    )

    workflow_id: str | Annotated[int, NO_FLAG] = Field(description="Id, handle or number of the workflow.")
