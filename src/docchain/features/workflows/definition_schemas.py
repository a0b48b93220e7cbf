"""What the doors say and hear about definitions and the step kinds that they are made of."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from docchain.platform.model import Model

DEFINITION: Final[dict[str, Any]] = {
    "workflow": "greeting",
    "title": "Greeting",
    "inputs": {"name": {"type": "string", "default": "world"}},
    "steps": [
        {"id": "text", "use": "text.template", "with": {"template": "Hello {{ name }}!", "data": "${inputs}"}},
    ],
    "output": "${steps.text.text}",
}
"""An example."""

Definition = Annotated[
    dict[str, Any] | str,
    Field(description="The definition: a JSON object, or its YAML as text.", examples=[DEFINITION]),
]


class ValidateRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"definition": DEFINITION}})

    definition: Definition


class ValidationFault(Model):
    path: str = Field(examples=["steps[0].use"])
    code: str = Field(examples=["unknown_kind"])
    message: str
    node: str | None = Field(None, description="The step that it is in.", examples=["text"])


class Validation(Model):
    """What is wrong with a definition, all of it at once."""

    valid: bool
    errors: list[ValidationFault]
    warnings: list[ValidationFault] = Field([], description="What it names that is not there yet.")


class StepKindInfo(Model):
    """A step kind of the catalogue."""

    name: str = Field(examples=["text.template"])
    version: int
    title: str
    description: str
    effect: Literal["pure", "idempotent", "external"]
    in_doubt: Literal["resend", "lookup", "park"] | None = Field(
        description="What becomes of an external effect whose outcome is unknown."
    )
    parameters: dict[str, Any] = Field(description="JSON Schema of `with`.")
    result: dict[str, Any] = Field(description="JSON Schema of the step's output.")
