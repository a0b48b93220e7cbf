"""What is ordered when a run is started: the definition, where the wish came from, when and how it is to run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from docchain.engine.definition import WorkflowSpec, canonical, digest_of
from docchain.engine.definition.models import Duration
from docchain.engine.durations import parse_duration
from docchain.engine.moments import Moment
from docchain.platform.model import NUMBER

SYSTEM: Final = "system"
"""The origin of runs that the product itself orders; lists hide them unless asked."""

RunMode = Literal["normal", "test", "dry"]
How = Literal["restart", "fork", "what_if", "test", "error"]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def _at_most_a_year(value: str) -> str:
    if parse_duration(value) > parse_duration("366d"):
        raise ValueError("is longer than a year; keys are kept for a year at most")
    return value


def _some_time(value: str) -> str:
    if not parse_duration(value):
        raise ValueError("is no time at all; say for how long, such as 30s")
    return value


Kept = Annotated[Duration, AfterValidator(_at_most_a_year)]


class _Option(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Deduplicate(_Option):
    """While a run with this key is unfinished, or was started within this time, a start answers with that run."""

    key: Key
    within: Kept = "0s"


class Debounce(_Option):
    """The run starts when no newer one with this key was ordered for so long; an older one is superseded."""

    key: Key
    for_: Annotated[Kept, AfterValidator(_some_time)] = Field(alias="for")


class StartOptions(BaseModel):
    """When and how a run is to start."""

    priority: Annotated[int, Field(ge=-10, le=10), NUMBER] | None = Field(
        None, description="Higher goes first; default: the definition's."
    )
    start_at: Moment | None = Field(None, description="Not before this moment, with its zone.")
    deduplicate: Deduplicate | None = Field(
        None,
        description="While a run of this workflow with the same key is unfinished, or was ordered `within` this time, "
        "it is the answer (200, `deduplicated: true`) and nothing starts.",
        examples=[{"key": "invoice-2026-114", "within": "1h"}],
    )
    debounce: Debounce | None = Field(
        None,
        description="Start when no newer request with this key came `for` so long; the earlier one is cancelled.",
        examples=[{"key": "folder-7", "for": "30s"}],
    )

    @model_validator(mode="after")
    def _one_key(self) -> "StartOptions":
        if self.deduplicate and self.debounce:
            raise ValueError("give `deduplicate` or `debounce`, not both")
        return self

    def order_fields(self) -> dict[str, Any]:
        """The fields of a `RunOrder` that these options set."""
        return {name: getattr(self, name) for name in StartOptions.model_fields}


@dataclass(frozen=True, slots=True)
class Source:
    """The run that another one was made from, and how."""

    run_id: UUID
    how: How


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as it is kept with its runs: its canonical JSON, and the digest of that."""

    digest: str
    body: str

    @classmethod
    def of(cls, spec: WorkflowSpec) -> "Definition":
        return cls(digest_of(spec), canonical(spec))


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What is to be run: a checked definition with complete inputs, and where the wish came from.

    `seed` holds outputs of steps that count as done, `only` the steps to run (all when empty); a `dry` run has its
    effects off; `known` is the form in which the definition is kept, if that was worked out already.
    """

    spec: WorkflowSpec
    inputs: dict[str, Any]
    warnings: Sequence[str] = ()
    origin: str = "api"
    workflow_id: UUID | None = None
    workflow_number: int | None = None
    workflow_version: int | None = None
    mode: RunMode = "normal"
    priority: int | None = None
    start_at: datetime | None = None
    seed: Mapping[str, Any] = field(default_factory=dict)
    only: Sequence[str] = ()
    source: Source | None = None
    deduplicate: Deduplicate | None = None
    debounce: Debounce | None = None
    known: Definition | None = None

    @property
    def definition(self) -> Definition:
        """What the run follows, in the form that is kept."""
        return self.known or Definition.of(self.spec)

    @property
    def scope(self) -> str:
        """Whose keys are compared: those of one workflow, or of definitions of one name."""
        return str(self.workflow_id) if self.workflow_id else self.spec.workflow

    def not_before(self, now: datetime) -> datetime | None:
        """When it may start, if not at once."""
        moments = [moment for moment in (self.start_at, self._calm(now)) if moment is not None and moment > now]
        return max(moments, default=None)

    def _calm(self, now: datetime) -> datetime | None:
        return now + span(self.debounce.for_) if self.debounce else None


def span(duration: str) -> timedelta:
    return timedelta(microseconds=parse_duration(duration))
