"""What users say to each other over sockets: kept as events, so that it is numbered and resumed like all others."""

from docchain.features.realtime import messages
from docchain.features.realtime.errors import BadMessage
from docchain.features.realtime.service import MessageService
from docchain.features.realtime.socket import Socket
from docchain.platform.database import Database
from docchain.platform.errors import Denied
from docchain.platform.work import Actor

SEND = "messages:send"
BROADCAST = "messages:broadcast"


class Talking:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, socket: Socket, order: messages.Send) -> messages.Told:
        actor = _permitted(socket, SEND)
        user, room, body = order.user, order.room, order.body
        if user is not None and room is None:
            await self._database.write(lambda work: MessageService(work).send_to_user(user, body), actor)
        elif room is not None and user is None:
            await self._database.write(lambda work: MessageService(work).send_to_room(room, body), actor)
        else:
            raise BadMessage("It names a user and a room, or neither.", hint="Name one of the two.")
        return messages.Ok(id=order.id, order=order.type)

    async def broadcast(self, socket: Socket, order: messages.Broadcast) -> messages.Told:
        actor = _permitted(socket, BROADCAST)
        await self._database.write(lambda work: MessageService(work).broadcast(order.body), actor)
        return messages.Ok(id=order.id, order=order.type)


def _permitted(socket: Socket, permission: str) -> Actor:
    actor = socket.actor
    assert actor is not None  # noqa: S101 - nobody else's orders come this far
    if not actor.may(permission):
        raise Denied(f"This needs the permission {permission} in the workspace.")
    return actor
