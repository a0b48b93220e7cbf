"""HTTP door of a draft's nodes and edges; an edit may leave faults, which are told and keep the draft from running."""
# ruff: noqa: FAST003 - `workflow` is a parameter of `Draft`, which takes it from the path

from typing import Annotated

from fastapi import APIRouter, Path, Response

from docchain.engine.definition.models import Name
from docchain.features.workflows import edges, nodes
from docchain.features.workflows.draft_door import Draft
from docchain.features.workflows.graph import edge_of, graph_of, node_of, state_of
from docchain.features.workflows.node_schemas import (
    DraftState,
    EdgeList,
    EdgeState,
    Graph,
    NodeChange,
    NodeCreate,
    NodeList,
    NodeMove,
    NodeState,
)
from docchain.features.workflows.revisions import READ, WRITE, NeedsRevision, Revision, located
from docchain.platform.web.door import Door
from docchain.platform.web.routes import LateRoute

router = APIRouter(route_class=LateRoute)

NodeName = Annotated[Name, Path(description="The step's id.", examples=["text"])]


@router.get("/workflows/{workflow}/graph", summary="Read a draft as nodes and edges", dependencies=READ)
async def read_workflow_graph(draft: Draft) -> Graph:
    return draft.tagged(graph_of(await draft.read(), draft.kinds))


@router.get("/workflows/{workflow}/nodes", summary="List the nodes of a draft", dependencies=READ)
async def list_nodes(draft: Draft) -> NodeList:
    graph = await read_workflow_graph(draft)
    return NodeList(**_state(graph), items=graph.nodes)


@router.post("/workflows/{workflow}/nodes", status_code=201, summary="Add a node to a draft", dependencies=WRITE)
async def add_node(
    workflow: str, body: NodeCreate, revision: Revision, draft: Draft, door: Door, response: Response
) -> NodeState:
    made = await draft.edit(
        NodeState,
        lambda definition: nodes.add(definition, body.step, body.place),
        revision,
        lambda now, edited: node_of(now, edited.added[0], draft.kinds),
    )
    located(response, door, "read_node", workflow=workflow, node=made.node.id)
    return made


@router.get("/workflows/{workflow}/nodes/{node}", summary="Read a node of a draft", dependencies=READ)
async def read_node(node: NodeName, draft: Draft) -> NodeState:
    return draft.tagged(node_of(await draft.read(), node, draft.kinds))


@router.patch("/workflows/{workflow}/nodes/{node}", summary="Change a node of a draft", dependencies=WRITE)
async def change_node(node: NodeName, body: NodeChange, revision: NeedsRevision, draft: Draft) -> NodeState:
    return await draft.edit_node(lambda it: nodes.change(it, node, body.changes), revision, body.id or node)


@router.delete("/workflows/{workflow}/nodes/{node}", summary="Take a node out of a draft", dependencies=WRITE)
async def remove_node(node: NodeName, revision: NeedsRevision, draft: Draft) -> DraftState:
    return await draft.edit(DraftState, lambda it: nodes.remove(it, node), revision, lambda now, _: state_of(now))


@router.post("/workflows/{workflow}/nodes/{node}/move", summary="Move a node of a draft", dependencies=WRITE)
async def move_node(node: NodeName, body: NodeMove, revision: Revision, draft: Draft) -> NodeState:
    return await draft.edit_node(lambda it: nodes.move(it, node, body.place), revision, node)


@router.get("/workflows/{workflow}/edges", summary="List the edges of a draft", dependencies=READ)
async def list_edges(draft: Draft) -> EdgeList:
    graph = await read_workflow_graph(draft)
    return EdgeList(**_state(graph), items=graph.edges)


@router.put("/workflows/{workflow}/edges/{source}/{to}", summary="Let one node need another", dependencies=WRITE)
async def connect_nodes(source: NodeName, to: NodeName, revision: NeedsRevision, draft: Draft) -> EdgeState:
    return await draft.edit(
        EdgeState, lambda it: edges.connect(it, source, to), revision, lambda now, _: edge_of(now, source, to)
    )


@router.delete(
    "/workflows/{workflow}/edges/{source}/{to}", summary="Let one node no longer need another", dependencies=WRITE
)
async def disconnect_nodes(source: NodeName, to: NodeName, revision: NeedsRevision, draft: Draft) -> DraftState:
    return await draft.edit(
        DraftState, lambda it: edges.disconnect(it, source, to), revision, lambda now, _: state_of(now)
    )


def _state(graph: Graph) -> dict[str, object]:
    return {name: getattr(graph, name) for name in DraftState.model_fields}
