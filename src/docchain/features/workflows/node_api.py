"""HTTP door of a draft's nodes and edges; an edit may leave faults, which are told and keep the draft from running."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Path, Response

from docchain.engine.definition.models import Name
from docchain.features.workflows import edges, nodes
from docchain.features.workflows.domain import AsRead
from docchain.features.workflows.editing import Base, Edit, Edited, EditingService
from docchain.features.workflows.errors import WorkflowChanged
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
from docchain.features.workflows.revisions import READ, WRITE, NeedsRevision, Revision, about, located
from docchain.features.workflows.schemas import Workflow
from docchain.platform.web.door import Door, DoorContext
from docchain.platform.web.preconditions import etag_of
from docchain.platform.work import Work

router = APIRouter()

M = TypeVar("M", bound=DraftState)
NodeName = Annotated[Name, Path(description="The step's id.", examples=["text"])]
_ATTEMPTS: Final = 10
"""How often an edit without `If-Match` is thought through again because somebody else was faster."""


@router.get("/workflows/{workflow}/graph", summary="Read a draft as nodes and edges", dependencies=READ)
async def read_workflow_graph(workflow: str, door: Door, response: Response) -> Graph:
    found = await door.read(lambda work: about(workflow, work, door).read(workflow))
    return _tagged(response, graph_of(found, door.services.kinds))


@router.get("/workflows/{workflow}/nodes", summary="List the nodes of a draft", dependencies=READ)
async def list_nodes(workflow: str, door: Door, response: Response) -> NodeList:
    graph = await read_workflow_graph(workflow, door, response)
    return NodeList(**_state(graph), items=graph.nodes)


@router.post("/workflows/{workflow}/nodes", status_code=201, summary="Add a node to a draft", dependencies=WRITE)
async def add_node(workflow: str, body: NodeCreate, revision: Revision, door: Door, response: Response) -> NodeState:
    made = await _edit(
        workflow,
        lambda definition: nodes.add(definition, body.step, body.place),
        revision,
        door,
        NodeState,
        lambda draft, edited: node_of(draft, edited.added[0], door.services.kinds),
    )
    located(response, door, "read_node", workflow=workflow, node=made.node.id)
    return _tagged(response, made)


@router.get("/workflows/{workflow}/nodes/{node}", summary="Read a node of a draft", dependencies=READ)
async def read_node(workflow: str, node: NodeName, door: Door, response: Response) -> NodeState:
    found = await door.read(lambda work: about(workflow, work, door).read(workflow))
    return _tagged(response, node_of(found, node, door.services.kinds))


@router.patch("/workflows/{workflow}/nodes/{node}", summary="Change a node of a draft", dependencies=WRITE)
async def change_node(
    workflow: str, node: NodeName, body: NodeChange, revision: NeedsRevision, door: Door, response: Response
) -> NodeState:
    name = body.id or node
    changed = await _edit(
        workflow,
        lambda definition: nodes.change(definition, node, body.changes),
        revision,
        door,
        NodeState,
        lambda draft, _: node_of(draft, name, door.services.kinds),
    )
    return _tagged(response, changed)


@router.delete("/workflows/{workflow}/nodes/{node}", summary="Take a node out of a draft", dependencies=WRITE)
async def remove_node(
    workflow: str, node: NodeName, revision: NeedsRevision, door: Door, response: Response
) -> DraftState:
    left = await _edit(
        workflow,
        lambda definition: nodes.remove(definition, node),
        revision,
        door,
        DraftState,
        lambda draft, _: state_of(draft),
    )
    return _tagged(response, left)


@router.post("/workflows/{workflow}/nodes/{node}/move", summary="Move a node of a draft", dependencies=WRITE)
async def move_node(
    workflow: str, node: NodeName, body: NodeMove, revision: Revision, door: Door, response: Response
) -> NodeState:
    moved = await _edit(
        workflow,
        lambda definition: nodes.move(definition, node, body.place),
        revision,
        door,
        NodeState,
        lambda draft, _: node_of(draft, node, door.services.kinds),
    )
    return _tagged(response, moved)


@router.get("/workflows/{workflow}/edges", summary="List the edges of a draft", dependencies=READ)
async def list_edges(workflow: str, door: Door, response: Response) -> EdgeList:
    graph = await read_workflow_graph(workflow, door, response)
    return EdgeList(**_state(graph), items=graph.edges)


@router.put("/workflows/{workflow}/edges/{source}/{to}", summary="Let one node need another", dependencies=WRITE)
async def connect_nodes(
    workflow: str, source: NodeName, to: NodeName, revision: NeedsRevision, door: Door, response: Response
) -> EdgeState:
    connected = await _edit(
        workflow,
        lambda definition: edges.connect(definition, source, to),
        revision,
        door,
        EdgeState,
        lambda draft, _: edge_of(draft, source, to),
    )
    return _tagged(response, connected)


@router.delete(
    "/workflows/{workflow}/edges/{source}/{to}", summary="Let one node no longer need another", dependencies=WRITE
)
async def disconnect_nodes(
    workflow: str, source: NodeName, to: NodeName, revision: NeedsRevision, door: Door, response: Response
) -> DraftState:
    left = await _edit(
        workflow,
        lambda definition: edges.disconnect(definition, source, to),
        revision,
        door,
        DraftState,
        lambda draft, _: state_of(draft),
    )
    return _tagged(response, left)


async def _edit(
    workflow: str,
    edit: Edit,
    revision: AsRead,
    door: DoorContext,
    model: type[M],
    shown: Callable[[Workflow, Edited], M],
) -> M:
    """Edit a draft, off the event loop, until nobody was faster; with `If-Match`, once."""
    kinds = door.services.kinds

    def put(work: Work, edited: Edited) -> M:
        return shown(EditingService(work, kinds).put(workflow, edited, revision), edited)

    left = _ATTEMPTS if revision is None else 1
    while True:
        left -= 1
        base: Base = await door.read(lambda work: EditingService(work, kinds).base(workflow))
        edited = await asyncio.to_thread(base.edited, edit, kinds)
        try:
            return await door.create(model, partial(put, edited=edited))
        except WorkflowChanged:
            if not left:
                raise


def _state(graph: Graph) -> dict[str, object]:
    return {name: getattr(graph, name) for name in DraftState.model_fields}


def _tagged(response: Response, shown: M) -> M:
    response.headers["ETag"] = etag_of(shown.revision)
    return shown
