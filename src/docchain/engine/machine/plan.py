"""The plan: a definition compiled once for execution; immutable, shared by all its runs."""

from dataclasses import dataclass
from typing import Any

import msgspec

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
class ForEach:
    """How a step maps over items. `tolerate`: a count, a share (`20%`) or `all`; `each_when`: items have the condition.

    `item` is what every item looks like, but for its name and place.
    """

    items: Template
    concurrency: int
    tolerate: str
    each_when: bool
    item: "PlannedStep"

    def tolerated(self, count: int) -> int:
        """How many of `count` items may fail."""
        if self.tolerate == "all":
            return count
        if self.tolerate.endswith("%"):
            return count * int(self.tolerate[:-1]) // 100
        return int(self.tolerate)


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step, or one item of a `for_each` step, ready to run.

    `heeds_rejection`: some step looks at this one's decision. `last`: the run ends when all such steps are settled.
    `plain`: only a failure elsewhere keeps it from running when its needs are settled.
    `fixed` are the parameters as the kind's model where they have no expressions, the same for all attempts. `catches`
    are the steps that name this one as their handler; `timeout_to` is the handler of a time-out; `of` and `index` say
    which item of which step this is.
    """

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
    last: bool = False
    join: str = "all"
    catches: frozenset[str] = frozenset()
    on_error: str = ""
    timeout_to: str = ""
    for_each: ForEach | None = None
    plain: bool = False
    fixed: Any = None
    of: str = ""
    index: int = 0


class Steps(dict[str, PlannedStep]):
    """Steps by name, in topological order; an item (`parse[3]`) is made of its step when it is asked for."""

    def __missing__(self, name: str) -> PlannedStep:
        of, bracket, index = name.partition("[")
        mapped = self[of].for_each if bracket else None
        if mapped is None:
            raise KeyError(name)
        return msgspec.structs.replace(mapped.item, id=name, index=int(index[:-1]))


def item_name(step: str, index: int) -> str:
    return f"{step}[{index}]"


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in topological order, the output value, and what identifies the definition.

    `first` are the steps that need nothing, `last` those that must be settled for the run to end; `has_effects`: some
    step is external; `refusal`: why runs of this plan cannot start; `raced`: steps that others may not wait for.
    """

    digest: str
    workflow: str
    steps: Steps
    output: Template
    first: tuple[PlannedStep, ...] = ()
    last: tuple[str, ...] = ()
    has_effects: bool = False
    refusal: str = ""
    priority: int = 0
    error_workflow: str = ""
    raced: tuple[str, ...] = ()
