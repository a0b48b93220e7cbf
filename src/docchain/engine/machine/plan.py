"""The plan: a definition compiled once for execution; immutable, shared by all its runs."""

from dataclasses import dataclass

from docchain.engine.expressions import Expression, Template


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Times in microseconds."""

    attempts: int
    initial: int
    maximum: int
    factor: float
    on: frozenset[str]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step, ready to run. `heeds_rejection`: some step looks at this one's decision."""

    id: str
    use: str
    external: bool
    in_doubt: str
    needs: tuple[str, ...]
    dependents: tuple[str, ...]
    when: Expression | bool | None
    params: Template
    retry: RetryPolicy
    timeout: int | None
    timeout_then: str
    heeds_rejection: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in topological order, the output value, and what identifies the definition.

    `first` are the steps that need nothing, `last` those nothing follows; `has_effects`: some step is external;
    `refusal`: why runs of this plan cannot start.
    """

    digest: str
    workflow: str
    steps: dict[str, PlannedStep]
    output: Template
    first: tuple[PlannedStep, ...] = ()
    last: tuple[str, ...] = ()
    has_effects: bool = False
    refusal: str = ""
