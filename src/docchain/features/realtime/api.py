"""Doors of real time: the socket, tickets for it, who is connected, and the events of a run as a stream."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, WebSocket
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from docchain.features.realtime.errors import ConnectionNotFound
from docchain.features.realtime.messages import LAST_NUMBER
from docchain.features.realtime.realtime import Realtime
from docchain.features.realtime.schemas import ConnectionList, Stats, Ticket
from docchain.features.realtime.service import MessageService
from docchain.features.realtime.socket import Handshake
from docchain.features.realtime.streams import open_stream
from docchain.features.runs import ENDED, RunService
from docchain.platform.events import last_position
from docchain.platform.web.door import PERSON, Door, needs
from docchain.platform.web.limits import LEARN
from docchain.platform.web.requests import SERVER_SEND
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(tags=["Real time"], route_class=LateRoute)
_STREAM = {
    "text/event-stream": {
        "schema": {
            "description": "One event.",
            "type": "object",
            "properties": {"id": {"type": "string"}, "data": {"type": "string"}},
        },
        "example": 'id: 7\ndata: {"number":7,"event":"…"}\n\n',
    }
}


class OpenSocket:
    """An ASGI application, so that nothing of the framework stands between a socket and the server."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = WebSocket(scope, receive, send)
        realtime: Realtime = asked.app.state.services.realtime
        learn = scope.get(LEARN, lambda _: None)
        handshake = Handshake(asked.query_params, asked.headers, asked.cookies, learn)
        await realtime.serve(handshake, receive, send, scope.get(SERVER_SEND))


router.add_websocket_route("/ws/ws", OpenSocket(), "open_socket")  # type: ignore[arg-type] # it takes applications, too


@router.post("/ws/ticket", status_code=201, summary="Get a ticket that opens one socket", dependencies=[PERSON])
async def create_ticket(request: Request, door: Door) -> Ticket:
    """For clients that cannot send headers with a handshake. It works once, for half a minute."""
    # Whoever signed in may open a socket; what they join there needs its own permission.
    realtime: Realtime = door.services.realtime
    workspace = request.headers.get("x-workspace")
    ticket, expires_at = await realtime.access.ticket(door.actor, workspace)
    return Ticket(ticket=ticket, expires_at=expires_at)


@router.get("/ws/stats", summary="Count the connections")
async def read_socket_stats(request: Request) -> Stats:
    """Totals; with an access token also the connections of its workspace."""
    realtime: Realtime = request.app.state.services.realtime
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return await realtime.presence.stats(None)
    actor = await realtime.access.by_token(token, request.headers.get("x-workspace"))
    return await realtime.presence.stats(actor)


@router.get("/ws/connections", summary="List who is connected", dependencies=[needs("admin")])
async def list_connections(
    door: Door,
    user: Annotated[str | None, Query(max_length=64, description="Username or id.")] = None,
    room: Annotated[str | None, Query(max_length=100, description="A handle such as `run_1`, or a name.")] = None,
) -> ConnectionList:
    """Connections to other servers may be told a second or two late."""
    realtime: Realtime = door.services.realtime
    found = await realtime.presence.connections(door.actor.workspace_id)
    if user is not None:
        found = [connection for connection in found if user in (connection.user, str(connection.user_id))]
    if room is not None:
        place = await realtime.places.place_of(door.actor, room)
        found = [connection for connection in found if place in connection.listens]
    return ConnectionList(items=found)


@router.delete(
    "/ws/connections/{connection}", status_code=202, summary="Close a connection", dependencies=[needs("admin")]
)
async def close_connection(connection: UUID, door: Door) -> None:
    """Its client may connect again; end its session to keep it out."""
    realtime: Realtime = door.services.realtime
    found = await realtime.presence.connections(door.actor.workspace_id)
    user = next((known.user for known in found if known.id == connection), None)
    if user is None:
        raise ConnectionNotFound(str(connection))
    await door.write(lambda work: MessageService(work).disconnect(connection, user))


@router.get(
    "/runs/{run}/events",
    summary="Follow the events of a run",
    dependencies=[needs("runs:read")],
    response_class=Response,
    responses={
        200: {"content": _STREAM, "description": "Server-sent events, until the run has ended"},
        204: {"description": "The run has ended, and nothing came after the last number"},
    },
)
async def stream_run_events(
    run: str,
    door: Door,
    after: Annotated[int, Query(ge=0, le=LAST_NUMBER, description="Only what came after this number.")] = 0,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=LAST_NUMBER, description="The same, as browsers send it.")
    ] = None,
) -> Response:
    """Each event has its number as `id`; the stream ends when the run has ended and everything was sent."""
    realtime: Realtime = door.services.realtime
    number = after if last_event_id is None else last_event_id

    def look(work: Work) -> tuple[UUID, bool, int]:
        found = RunService(work).read(run)
        return found.id, found.status in ENDED, last_position(work.session)

    run_id, finished, newest = await door.read(look)
    await realtime.hub.reaches(newest)
    if finished and not await realtime.hub.has_more(door.actor, run_id, number):
        return Response(status_code=204)
    return open_stream(realtime, door.actor, run_id, number, finished=finished)
