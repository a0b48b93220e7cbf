"""What people say to each other and order about connections: durable events, heard by every process."""

from typing import Any, Final
from uuid import UUID

from docchain.features.identity import IdentityService
from docchain.features.realtime.domain import MESSAGE, MESSAGE_SENT
from docchain.features.realtime.errors import MessageCarriesSecret, UserNotFound
from docchain.platform.ids import new_id
from docchain.platform.secrecy import secret_path
from docchain.platform.work import Work

SOCKET: Final = "socket"
DISCONNECTED_EVENT: Final = "socket.disconnected"


class MessageService:
    def __init__(self, work: Work) -> None:
        self._work = work

    def send_to_user(self, reference: str, body: Any) -> UUID:
        user = IdentityService(self._work).colleague(reference)
        if user is None:
            raise UserNotFound(f"There is no user {reference} in this workspace.", hint="Name a member by username.")
        user_id, username = user
        return self._send({"user_id": str(user_id), "user": username}, body)

    def send_to_room(self, room: str, body: Any) -> UUID:
        return self._send({"room": room}, body)

    def broadcast(self, body: Any) -> UUID:
        return self._send({}, body)

    def disconnect(self, connection_id: UUID, user: str) -> None:
        """Order that a connection is closed, in whatever process it is."""
        self._work.emit(DISCONNECTED_EVENT, SOCKET, connection_id, {"user": user})

    def _send(self, to: dict[str, str], body: Any) -> UUID:
        actor = self._work.actor
        data = {"from": actor.name, "from_id": str(actor.user_id) if actor.user_id else None, **to, "body": body}
        if leak := secret_path(data):
            raise MessageCarriesSecret(f"{leak} is named like a secret; messages are kept.", hint="Leave it out.")
        message_id = new_id()
        self._work.emit(MESSAGE_SENT, MESSAGE, message_id, data)
        return message_id
