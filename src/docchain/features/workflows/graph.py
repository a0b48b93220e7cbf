"""A draft as nodes and edges, the way an editor draws it; pure."""

from typing import Any

from docchain.engine.definition import WorkflowSpec, read_spec
from docchain.engine.kinds import Kinds
from docchain.features.workflows.definition_schemas import ValidationFault
from docchain.features.workflows.edges import edges_of
from docchain.features.workflows.errors import NodeNotFound
from docchain.features.workflows.node_schemas import DraftState, Edge, EdgeState, Graph, Node, NodeState
from docchain.features.workflows.schemas import Workflow


def state_of(workflow: Workflow) -> DraftState:
    return DraftState(**_state(workflow))


def graph_of(workflow: Workflow, kinds: Kinds) -> Graph:
    spec = read_spec(workflow.definition)
    edges = _edges(spec)
    return Graph(**_state(workflow), nodes=_nodes(spec, edges, workflow.faults, kinds), edges=edges)


def node_of(workflow: Workflow, name: str, kinds: Kinds) -> NodeState:
    for node in graph_of(workflow, kinds).nodes:
        if node.id == name:
            return NodeState(**_state(workflow), node=node)
    raise NodeNotFound(name)


def edge_of(workflow: Workflow, source: str, to: str) -> EdgeState:
    edges = _edges(read_spec(workflow.definition))
    return EdgeState(**_state(workflow), edge=next(edge for edge in edges if (edge.from_, edge.to) == (source, to)))


def _state(workflow: Workflow) -> dict[str, Any]:
    shared = {name: getattr(workflow, name) for name in ("revision", "valid", "faults", "warnings")}
    return {"workflow": workflow.handle, **shared}


def _edges(spec: WorkflowSpec) -> list[Edge]:
    return [Edge(from_=edge.source, to=edge.to, kind=edge.kind) for edge in edges_of(spec)]


def _nodes(spec: WorkflowSpec, edges: list[Edge], faults: list[ValidationFault], kinds: Kinds) -> list[Node]:
    follows: dict[str, list[str]] = {}
    for edge in edges:
        follows.setdefault(edge.to, []).append(edge.from_)
    found: dict[str | None, list[ValidationFault]] = {}
    for fault in faults:
        found.setdefault(fault.node, []).append(fault)
    nodes = []
    for index, step in enumerate(spec.steps):
        kind = kinds.get(step.use)
        made = {
            **{name: getattr(step, name) for name in type(step).model_fields},
            "index": index,
            "kind": (kind.title or kind.name) if kind else None,
            "effect": kind.effect.value if kind else None,
            "follows": list(dict.fromkeys(follows.get(step.id, ()))),
            "faults": found.get(step.id, []),
        }
        nodes.append(Node.model_validate(made))
    return nodes
