"""One call of `advance`: facts taken or still to take, in order, and the commands given."""

from collections.abc import Callable, Mapping
from typing import Any

from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.accepts import accepts
from docchain.engine.machine.commands import Command
from docchain.engine.machine.fold import APPLY
from docchain.engine.machine.plan import Plan, PlannedStep
from docchain.engine.machine.state import RunState

Rules = Mapping[type, Callable[["Turn", Any], None] | None]


class Turn:
    """What rules work on. `queue` holds facts decided after all others, `then` one that belongs to the fact at hand."""

    __slots__ = ("commands", "place", "plan", "queue", "scope", "state")

    def __init__(self, plan: Plan, state: RunState, queue: list[f.Fact]) -> None:
        self.plan = plan
        self.state = state
        self.scope: dict[str, Any] | None = None
        self.queue = queue
        self.commands: list[Command] = []

    def settle(self, rules: Rules) -> tuple[list[f.Fact], list[Command]]:
        queue, state, place = self.queue, self.state, 0
        while place < len(queue):
            fact = queue[place]
            if not accepts(state, fact):
                del queue[place]
                continue
            place += 1
            self.place = place
            kind = type(fact)
            APPLY[kind](state, fact)
            if (rule := rules[kind]) is not None:
                rule(self, fact)
        return queue, self.commands

    def then(self, fact: f.Fact) -> None:
        """Before any other fact: what becomes of a failure is known before somebody looks at the failed step."""
        self.queue.insert(self.place, fact)

    def run_scope(self) -> dict[str, Any]:
        if self.scope is None:
            self.scope = s.scope_of(self.state)
        return self.scope

    def scope_for(self, planned: PlannedStep) -> dict[str, Any]:
        """What the step's expressions see; an item sees itself and its place."""
        if not planned.of:
            return self.scope or self.run_scope()
        return {**self.run_scope(), "item": self.items_of(planned.of)[planned.index], "index": planned.index}

    def items_of(self, name: str) -> list[Any]:
        fan = self.state.fans[name]
        if fan.items is not None:
            return fan.items
        for_each = self.plan.steps[name].for_each
        items = for_each.items.render(self.run_scope()) if for_each else None
        return items or []
