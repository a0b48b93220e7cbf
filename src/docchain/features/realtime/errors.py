"""What a socket refuses; the same codes stand in its `error` messages and in its last one before it is closed."""

from typing import ClassVar

from docchain.features.realtime.domain import FOREIGN_ORIGIN, TRY_LATER
from docchain.platform.errors import Conflict, Denied, NotFound, Refusal, TooLarge, Unauthenticated


class NotSignedIn(Unauthenticated):
    code = "unauthenticated"
    title = "This socket is not signed in"

    def __init__(self) -> None:
        super().__init__(
            "Before it is signed in, a socket answers `ping` and `authenticate` only.",
            hint='Send {"type": "authenticate", "token": "<access_token>"}.',
        )


class BadTicket(Unauthenticated):
    code = "bad_ticket"
    title = "The ticket is not valid"

    def __init__(self) -> None:
        super().__init__(
            "It was used before, has expired, or is none of ours.", hint="Get a new one with POST /api/v3/ws/ticket."
        )


class ForeignOrigin(Denied):
    code = "foreign_origin"
    title = "Pages of this origin may not use the sign-in cookie"
    close_code: ClassVar[int] = FOREIGN_ORIGIN

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"The page came from {origin or 'nowhere that the browser told'}.",
            hint="Sign in with a ticket, or have the operator allow it with DOCCHAIN_LIVE_ORIGINS.",
        )


class SignedInAsAnother(Conflict):
    code = "signed_in_as_another"
    title = "The socket belongs to another user or workspace"


class BadMessage(Refusal):
    code = "bad_message"
    title = "The message cannot be read"


class TooManyRooms(Refusal):
    code = "too_many_rooms"
    title = "The socket listens at too many places"
    status = 429


class TooManyMessages(Refusal):
    code = "too_many_messages"
    title = "Too many messages"
    status = 429


class MessageTooLarge(TooLarge):
    code = "message_too_large"
    title = "The message is too large"


class MessageCarriesSecret(Refusal):
    code = "message_carries_secret"
    title = "The message carries a secret"


class UserNotFound(NotFound):
    code = "user_not_found"
    title = "There is no such user in this workspace"


class ConnectionNotFound(NotFound):
    code = "connection_not_found"
    title = "There is no such connection"

    def __init__(self, reference: str) -> None:
        super().__init__(f"No open connection has the id {reference}.", hint="GET /api/v3/ws/connections lists them.")


class TooManyConnections(Refusal):
    code = "too_many_connections"
    title = "Too many connections"
    status = 429
    close_code: ClassVar[int] = TRY_LATER
