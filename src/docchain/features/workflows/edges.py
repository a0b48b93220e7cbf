"""The edges between a definition's steps, said or implied by their order, and edits of them; pure."""

from typing import Any, Final, Literal, NamedTuple

from docchain.engine.definition import WorkflowSpec, read_spec
from docchain.engine.definition.branches import handlers_of
from docchain.features.workflows.errors import EdgeIsAHandler, EdgeNotFound
from docchain.features.workflows.nodes import position_of

EdgeKind = Literal["needs", "order", "on_error", "timeout"]
_FIELDS: Final[dict[str, EdgeKind]] = {"on_error": "on_error", "timeout.then": "timeout"}


_NEEDED: Final = frozenset({"needs", "order"})


class EdgeOf(NamedTuple):
    """`to` waits for `source`: it says so (`needs`), stands below it (`order`), or goes on when it failed."""

    source: str
    to: str
    kind: EdgeKind


def edges_of(spec: WorkflowSpec) -> list[EdgeOf]:
    """Every edge, in the order of the steps they lead to."""
    caught: dict[str, list[EdgeOf]] = {}
    for step in spec.steps:
        for field, handler in handlers_of(step):
            caught.setdefault(handler, []).append(EdgeOf(step.id, handler, _FIELDS[field]))
    edges: list[EdgeOf] = []
    above: str | None = None
    for step in spec.steps:
        if step.needs is not None:
            edges.extend(EdgeOf(need, step.id, "needs") for need in dict.fromkeys(step.needs))
        elif above is not None and step.id not in caught:
            edges.append(EdgeOf(above, step.id, "order"))
        edges.extend(caught.get(step.id, ()))
        above = step.id
    return edges


def connect(definition: dict[str, Any], source: str, to: str) -> dict[str, Any]:
    """Let `to` need `source`, besides what it needs already; what its place implied it says from now on."""
    position_of(definition.get("steps") or (), source)
    place = position_of(definition.get("steps") or (), to)
    needs = [edge.source for edge in _edges_to(definition, to) if edge.kind in _NEEDED]
    return _needing(definition, place, needs if source in needs else [*needs, source])


def disconnect(definition: dict[str, Any], source: str, to: str) -> dict[str, Any]:
    """Let `to` no longer need `source`; without any need left it begins at once."""
    place = position_of(definition.get("steps") or (), to)
    edges = _edges_to(definition, to)
    needs = [edge.source for edge in edges if edge.kind in _NEEDED]
    if source in needs:
        return _needing(definition, place, [need for need in needs if need != source])
    if any(edge.source == source for edge in edges):
        raise EdgeIsAHandler(source, to)
    raise EdgeNotFound(source, to)


def _edges_to(definition: dict[str, Any], to: str) -> list[EdgeOf]:
    return [edge for edge in edges_of(read_spec({"workflow": "workflow", **definition})) if edge.to == to]


def _needing(definition: dict[str, Any], place: int, needs: list[str]) -> dict[str, Any]:
    steps = list(definition["steps"])
    steps[place] = {**steps[place], "needs": needs}
    return {**definition, "steps": steps}
