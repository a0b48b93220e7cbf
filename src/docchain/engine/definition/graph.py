"""The order of steps: chains by default, a graph where `needs` says so; cycles are named."""

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from docchain.engine.definition.branches import add_handlers, all_handlers, before, check_joins, check_own_needs
from docchain.engine.definition.faults import Fault, did_you_mean
from docchain.engine.definition.models import WorkflowSpec


@dataclass(frozen=True, slots=True)
class Graph:
    """`needs` by step, what handlers catch, and one order in which every step comes after what it needs."""

    needs: dict[str, tuple[str, ...]]
    order: tuple[str, ...]
    catches: dict[str, frozenset[str]] = field(default_factory=dict)

    def before(self, name: str) -> set[str]:
        """Every step that has its turn before `name` starts."""
        return before(self.needs, name)


def read_graph(spec: WorkflowSpec, faults: list[Fault]) -> Graph:
    names = {step.id for step in spec.steps}
    handlers = all_handlers(spec)
    needs: dict[str, tuple[str, ...]] = {}
    above: str | None = None
    for position, step in enumerate(spec.steps):
        path = f"steps[{position}]"
        if step.id in needs:
            faults.append(Fault(f"{path}.id", "duplicate", f"another step is named {step.id!r} already; rename one"))
        for place, need in enumerate(step.needs or ()):
            if need not in names:
                hint = did_you_mean(need, names)
                faults.append(Fault(f"{path}.needs[{place}]", "unknown_step", f"no step is named {need!r}{hint}"))
        default = () if above in {None, step.id} or step.id in handlers else (above,)
        wanted = default if step.needs is None else tuple(dict.fromkeys(step.needs))
        needs[step.id] = tuple(need for need in wanted if need in names)
        above = step.id
    catches = add_handlers(spec, needs, faults)
    faults.extend(check_joins(spec, needs, catches))
    order = _order(needs, faults)
    faults.extend(check_own_needs(spec, needs, catches, order))
    return Graph(needs, order, catches)


def _order(needs: dict[str, tuple[str, ...]], faults: list[Fault]) -> tuple[str, ...]:
    try:
        return tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        ring = list(reversed(error.args[1]))
        position = list(needs).index(ring[0])
        faults.append(
            Fault(f"steps[{position}].needs", "cycle", f"these steps wait for each other: {' → '.join(ring)}")
        )
        return tuple(needs)
