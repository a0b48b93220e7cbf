"""The workflow definition as users write it, in YAML or JSON; its JSON Schema is published from these models."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints

from docchain.engine.durations import DURATION_SCHEMA, parse_duration
from docchain.engine.failures import FailureClass
from docchain.platform.model import NO_FLAG, Model

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
_MOST_SECONDS: Final = 1e9
"""A longer duration is told with its exponent."""


def _duration_text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6f}s" if abs(value) < _MOST_SECONDS else f"{value:g}s"
    return f"{value}s" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _checked_duration(value: str) -> str:
    parse_duration(value)
    return value


Duration = Annotated[
    str,
    BeforeValidator(_duration_text),
    AfterValidator(_checked_duration),
    Field(examples=["90s", "2m", "3d"], json_schema_extra={"type": ["string", "number"], **DURATION_SCHEMA}),
]


def _tolerance(value: Any) -> str:
    text = str(value) if not isinstance(value, bool) else ""
    share = text[:-1] if text.endswith("%") else ""
    if text != "all" and not _is_count(text) and not (_is_count(share) and int(share) <= 100):  # noqa: PLR2004 (per cent)
        raise ValueError("must be a count such as 3, a share such as 20%, or all")
    return text


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6  # noqa: PLR2004 (more digits than items)


Tolerance = Annotated[
    str,
    BeforeValidator(_tolerance),
    Field(
        description="How many items may fail for good: a count, a share, or all.",
        examples=[0, "20%", "all"],
        json_schema_extra={
            "type": ["string", "integer"],
            "pattern": "^(all|[0-9]{1,6}|(0{0,4}[0-9]{1,2}|0{0,3}100)%)$",
            "minimum": 0,
            "maximum": 999_999,
        },
    ),
]

InputType = Literal[
    "string", "number", "integer", "boolean", "date", "money", "document", "documents", "object", "list", "any"
]


class _Model(Model):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class InputSpec(_Model):
    """One declared input of a workflow."""

    type: InputType = "any"
    title: str = ""
    description: str = ""
    default: Any = None
    required: bool | None = Field(default=None, description="Default: required unless there is a default.")


class RetrySpec(_Model):
    """When a failed step is tried again: exponential back-off with jitter, by failure class."""

    attempts: Annotated[int, NO_FLAG] = Field(
        default=3, ge=1, le=100, description="Attempts in all, the first included."
    )
    initial: Duration = "1s"
    max: Duration = "60s"
    factor: Annotated[float, NO_FLAG] = Field(default=2.0, ge=1.0, le=10.0)
    on: tuple[FailureClass, ...] = (FailureClass.RATE_LIMITED, FailureClass.UNAVAILABLE)


class ForEachSpec(_Model):
    """A step for each item of a list, so many at a time."""

    items: str | list[Any] = Field(description="A list, or an expression that gives one.")
    concurrency: Annotated[int, NO_FLAG] = Field(default=10, ge=1, le=1_000, description="Items at the same time.")
    tolerate: Tolerance = "0"


class TimeoutSpec(_Model):
    """A limit on a step's time: of one attempt while it works, of the whole wait while it waits."""

    after: Duration
    then: Name = Field(
        default="fail",
        description="fail, continue, escalate, or the id of the step that goes on.",
        examples=["fail", "continue", "escalate"],
    )


def _for_each(value: Any) -> Any:
    if value is not None and not isinstance(value, str | list | dict | ForEachSpec):
        raise ValueError("must be a list, an expression that gives one, or a mapping with `items`")
    return {"items": value} if isinstance(value, str | list) else value


def _timeout(value: Any) -> Any:
    return {"after": value} if isinstance(value, str | int | float) else value


class StepSpec(_Model):
    """One step. Without `needs` it follows the step above it."""

    id: Name
    use: str = Field(min_length=1, max_length=100, description="The step kind, such as document.parse.")
    title: str = Field(default="", max_length=200)
    with_: dict[str, Any] = Field(default_factory=dict, alias="with", description="Parameters; `${…}` are values.")
    needs: tuple[Name, ...] | None = None
    join: Literal["all", "any", "settled"] = Field(
        default="all",
        description="When it starts: all its needs came about, any one is done, or all are settled however they ended.",
    )
    for_each: Annotated[
        ForEachSpec | None, BeforeValidator(_for_each, json_schema_input_type=str | list[Any] | ForEachSpec | None)
    ] = None
    on_error: Name | None = Field(default=None, description="The step that goes on when this one failed for good.")
    when: str | StrictBool | None = Field(default=None, description="CEL; the step is skipped when it is false.")
    retry: RetrySpec | None = None
    timeout: Annotated[
        TimeoutSpec | None, BeforeValidator(_timeout, json_schema_input_type=Duration | TimeoutSpec | None)
    ] = None
    in_doubt: Literal["resend", "lookup", "park"] | None = Field(
        default=None, description="For external steps: what becomes of an effect whose outcome is unknown."
    )


def _keep_time(value: Any) -> Any:
    return value if value == KEEP else _duration_text(value)


def _checked_keep_time(value: str) -> str:
    return value if value == KEEP else _checked_duration(value)


KEEP: Final = "keep"
KeepTime = Annotated[
    str,
    BeforeValidator(_keep_time),
    AfterValidator(_checked_keep_time),
    Field(examples=["30d", "1y", KEEP], json_schema_extra={"type": ["string", "number"]}),
]


class RetentionSpec(_Model):
    """How long ended runs are kept, by outcome; what is not said here follows the server's settings."""

    succeeded: KeepTime | None = None
    failed: KeepTime | None = None
    rejected: KeepTime | None = None
    cancelled: KeepTime | None = None
    payload: KeepTime | None = Field(
        default=None, description="How long inputs and outputs are kept; what happened stays known after that."
    )
    archive: bool | None = Field(default=None, description="Write runs to an archive file before they are deleted.")


class WorkflowSpec(_Model):
    """A workflow: inputs, steps, output."""

    workflow: Name
    title: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=10_000)
    tags: tuple[str, ...] = Field(default=(), max_length=50)
    priority: Annotated[int, NO_FLAG] = Field(default=0, ge=-10, le=10, description="Runs with a higher one go first.")
    error_workflow: Name | None = Field(
        default=None, description="The workflow that is started when a run of this one failed."
    )
    retention: RetentionSpec | None = None
    inputs: dict[Name, InputSpec] = Field(default_factory=dict, max_length=200)
    steps: tuple[StepSpec, ...] = Field(default=(), max_length=1_000)
    output: Any = Field(default=None, description="What the run answers; `${…}` are values.")


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of a workflow definition."""
    schema = WorkflowSpec.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
