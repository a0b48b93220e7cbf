"""What clients say and see of evaluation sets, examples and scores."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from docchain.features.ai.evaluation.domain import METRICS, MOST_AT_ONCE, GradedTask, Metric
from docchain.features.ai.prompts.schemas import PromptName
from docchain.platform.model import NO_FLAG, Model

Share = Annotated[float, Field(ge=0, le=1), NO_FLAG]
Gates = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=100)]],
    Field(max_length=20, description="Prompts, by name or handle, of which no version is published that falls short."),
]
Description = Annotated[str, Field(max_length=2_000)]
EXAMPLE: Final[dict[str, Any]] = {
    "input": {"text": "The parcel came broken.", "labels": ["delivery", "billing"]},
    "expected": "delivery",
}
SET: Final[dict[str, Any]] = {"name": "messages", "task": "classify", "metric": "label", "minimum": 0.8}
WHAT: Final = "A label, a text, an object of fields, or of `contains` and `excludes`, as the metric wants it."


class ExampleRequest(BaseModel):
    """What is asked, as the body of `POST /ai/{task}` without whom to ask, and the right answer."""

    model_config = ConfigDict(extra="forbid")

    input: Annotated[dict[str, Any], Field(max_length=20)]
    expected: Any = Field(description=WHAT)
    source: Literal["hand", "correction"] = "hand"


Examples = Annotated[list[ExampleRequest], Field(max_length=MOST_AT_ONCE)]


class ExamplesRequest(BaseModel):
    """Examples that are to be added."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"examples": [EXAMPLE]}})

    examples: Annotated[Examples, Field(min_length=1)]


class EvaluationRequest(BaseModel):
    """A set that is to be kept, perhaps with examples."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {**SET, "examples": [EXAMPLE]}})

    name: PromptName
    task: GradedTask
    metric: Metric | None = Field(None, description="What grades answers; else the task's first one.")
    description: Description = ""
    minimum: Share = Field(0.0, description="A guarded prompt is not published below this score.")
    tolerance: Share = Field(0.0, description="By how much a new version may score less than the published one.")
    gates: Gates = []
    examples: Examples = []

    @model_validator(mode="after")
    def _grades(self) -> "EvaluationRequest":
        if self.metric is not None and self.metric not in METRICS[self.task]:
            raise ValueError(f"give ai.{self.task} one of these metrics: {', '.join(METRICS[self.task])}")
        return self

    @property
    def graded_by(self) -> Metric:
        """The metric, named or not."""
        return self.metric or METRICS[self.task][0]


class EvaluationChange(BaseModel):
    """Only what is given changes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"minimum": 0.9}})

    name: PromptName | None = None
    description: Description | None = None
    minimum: Share | None = None
    tolerance: Share | None = None
    gates: Gates | None = None


class Evaluation(Model):
    """A set of examples, and what it guards."""

    id: UUID
    handle: str
    name: str
    task: GradedTask
    metric: Metric
    description: str
    minimum: float
    tolerance: float
    gates: list[str] = Field(description="Names of the prompts that it guards.")
    examples: int
    revision: int = Field(description="Counts changes, those of examples included; its ETag.")
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class Example(Model):
    """What is asked, and the right answer."""

    id: UUID
    number: int
    input: dict[str, Any]
    expected: Any
    source: str
    created_at: datetime
    created_by: str


class EvaluateRequest(BaseModel):
    """Who is graded."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"provider": "local"}})

    prompt: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="A prompt of the library: `name` (what is published), `name@3`, `name@latest`."
    )
    provider: Annotated[str, Field(max_length=40)] | None = None
    model: Annotated[str, Field(max_length=200)] | None = None
    stream: bool = Field(default=False, description="Whether `progress` events come while examples are graded.")


class Graded(Model):
    """One example: the right answer, the one that came, and how well it fits."""

    example: UUID
    number: int
    expected: Any
    got: Any = None
    score: float
    hits: float
    invented: float
    missing: float
    problem: str | None = Field(None, description="Why there was no answer; it counts as wrong.")
    call_id: str = Field("", description="The last call's row of the ledger.")


class EvaluationRun(Model):
    """What was scored on all examples, and what that took."""

    id: UUID
    evaluation: str
    prompt: str | None
    version: int | None
    digest: str = Field(description="Of the prompt's version.")
    provider: str = Field(description="Whoever answered; several are told with commas.")
    model: str
    metric: Metric
    score: float
    examples: int
    problems: int
    results: list[Graded] = Field(description="In the order of the examples; empty in lists.")
    tokens_in: int
    tokens_out: int
    cost: Decimal | None = Field(None, description="In US dollars; null where nobody knows a model's price.")
    calls: int
    took_ms: int
    created_at: datetime
    created_by: str


class VerdictTold(Model):
    """Whether a version may be published, by one set."""

    evaluation: str
    ok: bool
    before: EvaluationRun | None = Field(None, description="Of the published version, if it is another one.")
    after: EvaluationRun


class ScoreChange(Model):
    """An example that scores otherwise."""

    example: UUID
    number: int
    expected: Any
    before: Any = None
    after: Any = None
    score_before: float
    score_after: float


class Comparison(Model):
    """Two runs of a set beside each other, over the examples that both graded."""

    model_config = ConfigDict(populate_by_name=True)

    from_: UUID = Field(alias="from")
    to: UUID
    score_before: float
    score_after: float
    worse: list[ScoreChange]
    better: list[ScoreChange]
    same: int
