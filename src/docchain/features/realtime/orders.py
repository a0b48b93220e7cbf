"""What a client orders over its socket: read, let through or refused, and answered with the order's own id."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from docchain.features.realtime import messages
from docchain.features.realtime.access import Access
from docchain.features.realtime.domain import UNAUTHENTICATED
from docchain.features.realtime.errors import BadMessage, NotSignedIn, SignedInAsAnother
from docchain.features.realtime.places import Places
from docchain.features.realtime.socket import Socket
from docchain.features.realtime.talking import Talking
from docchain.platform.errors import Refusal
from docchain.platform.json_text import BadJson, check_json
from docchain.platform.work import Actor

Admit = Callable[[Socket, Actor], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a handshake brought: whom it opens for and in which workspace, and whether the client chose to send it."""

    opened: Awaitable[tuple[Actor, str | None]]
    chosen: bool = True


class Orders:
    """Carries out what clients order.

    Args:
        access: who they are.
        places: where they listen.
        talking: what they say to each other.
        admit: refuses one more connection of a user.
        max_nesting: how deeply messages may be nested.
    """

    def __init__(self, access: Access, places: Places, talking: Talking, admit: Admit, max_nesting: int) -> None:
        self._access = access
        self._places = places
        self._admit = admit
        self._max_nesting = max_nesting
        self._handlers: dict[type[messages.Order], Callable[[Socket, Any], Awaitable[messages.Told | None]]] = {
            messages.Ping: self._ping,
            messages.Authenticate: self._authenticate,
            messages.Subscribe: places.subscribe,
            messages.JoinWorkflow: places.join_workflow,
            messages.JoinRun: places.join_run,
            messages.Join: places.join,
            messages.Leave: places.leave,
            messages.Send: talking.send,
            messages.Broadcast: talking.broadcast,
        }

    async def handle(self, socket: Socket, text: bytes) -> None:
        """Carry out one message."""
        order: messages.Order | None = None
        try:
            order = _read(text, self._max_nesting)
            if socket.actor is None and not isinstance(order, messages.Ping | messages.Authenticate):
                raise NotSignedIn
            answer = await self._handlers[type(order)](socket, order)
            if answer is not None:
                socket.answer(answer)
        except Refusal as refusal:
            socket.refuse(refusal, order.id if order else None)
            if isinstance(order, messages.Authenticate) and socket.actor is None:
                socket.end(UNAUTHENTICATED, refusal.title)

    async def enter(self, socket: Socket, entry: Entry) -> None:
        """Sign a socket in with what its handshake brought.

        What is not believed ends it; but a cookie that has expired, for browsers send it by themselves.
        """
        try:
            actor, workspace = await entry.opened
            socket.answer(self._welcome(socket, actor, workspace, None))
        except Refusal as refusal:
            socket.refuse(refusal)
            code = getattr(refusal, "close_code", UNAUTHENTICATED if entry.chosen else None)
            if code is not None:
                socket.end(code, refusal.title)

    async def _ping(self, _socket: Socket, order: messages.Ping) -> messages.Told:
        return messages.Pong(id=order.id)

    async def _authenticate(self, socket: Socket, order: messages.Authenticate) -> messages.Told:
        workspace = order.workspace or socket.workspace
        actor = await self._access.by_token(order.token.get_secret_value(), workspace)
        return self._welcome(socket, actor, workspace, order.id)

    def _welcome(
        self, socket: Socket, actor: Actor, workspace: str | None, order_id: str | int | None
    ) -> messages.Welcome:
        """From now on the socket is somebody's: it hears what is said to them, and to everybody."""
        assert actor.workspace_id is not None and actor.until is not None  # noqa: S101, PT018 - they signed in
        if socket.actor is None:
            self._admit(socket, actor)
            socket.workspace = workspace
            self._places.enter(socket, actor)
        elif (socket.actor.user_id, socket.actor.workspace_id) != (actor.user_id, actor.workspace_id):
            raise SignedInAsAnother(hint="Open another socket for another user or workspace.")
        socket.actor = actor
        return messages.Welcome(
            id=order_id,
            connection=socket.id,
            user=actor.name,
            workspace=actor.workspace_id,
            number=self._places.number,
            expires_at=actor.until,
        )


def _read(text: bytes, max_nesting: int) -> messages.Order:
    try:
        check_json(text, max_nesting, "message")
    except BadJson as error:
        raise BadMessage(str(error), hint="/docs/realtime") from None
    try:
        return messages.ORDERS.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        raise BadMessage(f"{place}: {first['msg']}" if place else str(first["msg"]), hint="/docs/realtime") from None
