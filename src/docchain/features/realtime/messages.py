"""What clients say and what they are told: every message is one JSON object with a `type`."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, SecretStr, TypeAdapter

from docchain.platform.model import Model

LAST_NUMBER: Final = 2**63 - 1
Reference = Annotated[str | int, Field(description="Its id, handle or number.")]
After = Annotated[
    int | None,
    Field(
        ge=0,
        le=LAST_NUMBER,
        description="The last number that was seen: what came after it is sent first. Left out: from now on.",
    ),
]
RoomName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.@:/-]+$")]


class Order(Model):
    """What a client sends."""

    model_config = ConfigDict(extra="forbid")

    id: str | int | None = Field(None, description="Comes back in the answer.")


class Ping(Order):
    type: Literal["ping"]


class Authenticate(Order):
    """Sign in; on a socket that is signed in, a newer token of the same user lets it live longer."""

    type: Literal["authenticate"]
    token: SecretStr = Field(max_length=4_096)
    workspace: str | None = Field(None, max_length=64, description="Its slug; left out, the user's first.")


class Subscribe(Order):
    """Listen to events by type and to rooms, all in one order; the way to resume after a cut."""

    type: Literal["subscribe"]
    events: list[str] = Field([], max_length=100, description="`*`, types such as `run.finished`, or `run.*`.")
    rooms: list[RoomName] = Field([], max_length=1_000, description="Handles such as `run_1`, or names of your own.")
    after: After = None


class JoinWorkflow(Order):
    """Listen to a workflow: its own events and those of its runs."""

    type: Literal["join_workflow"]
    workflow_id: Reference
    after: After = None


class JoinRun(Order):
    type: Literal["join_run"]
    run_id: Reference
    after: After = None


class Join(Order):
    type: Literal["join"]
    room: RoomName
    after: After = None


class Leave(Order):
    """Leave a room, a type of events, or all that this socket joined."""

    type: Literal["leave"]
    room: RoomName | None = None
    event: str | None = Field(None, max_length=100)


class Send(Order):
    """Say something to a user, wherever they are connected, or to a room."""

    type: Literal["send"]
    user: str | None = Field(None, max_length=64, description="Username or id.")
    room: RoomName | None = None
    body: Any


class Broadcast(Order):
    """Say something to everybody in the workspace."""

    type: Literal["broadcast"]
    body: Any


ClientMessage = Annotated[
    Ping | Authenticate | Subscribe | JoinWorkflow | JoinRun | Join | Leave | Send | Broadcast,
    Field(discriminator="type"),
]
ORDERS: TypeAdapter[Order] = TypeAdapter(ClientMessage, config=ConfigDict(defer_build=True))


class Told(Model):
    """What a client is sent."""

    id: str | int | None = Field(None, description="Of the message that this answers.")


class Welcome(Told):
    """The socket is signed in."""

    type: Literal["welcome"] = "welcome"
    connection: UUID = Field(description="Names this connection in /ws/connections.")
    user: str
    workspace: UUID
    number: int = Field(description="The newest number there is.")
    expires_at: datetime = Field(description="Then the socket is closed, unless a newer token came.")


class Pong(Told):
    type: Literal["pong"] = "pong"


class Ok(Told):
    """The order was carried out."""

    type: Literal["ok"] = "ok"
    order: str
    number: int | None = Field(None, description="Of the message that was sent; or from where a place is live.")


class CaughtUp(Told):
    """All that was missed has been sent; from here on events come as they happen."""

    type: Literal["caught_up"] = "caught_up"
    number: int


class Gap(Told):
    """Not all after `after` can be told: read the present state by GET, then go on from `number`."""

    type: Literal["gap"] = "gap"
    after: int
    number: int = Field(description="What came after this one is kept, and is sent.")
    reason: Literal["removed", "ahead"] = Field(
        description="`removed`: some of it is no longer kept; `ahead`: no event has had the number `after` yet."
    )


class Heartbeat(Told):
    """Nothing happened for a while; every event up to `number` has been sent."""

    type: Literal["heartbeat"] = "heartbeat"
    number: int


class Failed(Told):
    """The order was refused."""

    type: Literal["error"] = "error"
    code: str
    title: str
    detail: str
    hint: str | None = None


class Subject(Model):
    kind: str
    id: UUID | None


class LiveEvent(Model):
    number: int = Field(description="Grows with time; keep the last one to resume.")
    event: str = Field(description="What happened, such as `run.finished`.")
    subject: Subject
    actor: str
    at: datetime
    data: dict[str, Any]


class Events(Model):
    """What happened, in order; one or more."""

    type: Literal["events"] = "events"
    events: list[LiveEvent]


ServerMessage = Annotated[
    Welcome | Pong | Ok | CaughtUp | Gap | Heartbeat | Failed | Events, Field(discriminator="type")
]


def message_schema() -> dict[str, Any]:
    """JSON Schemas of all messages, for those who write clients."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Messages of a Document Workflow Chain socket",
        "client": ORDERS.json_schema(ref_template="#/client/$defs/{model}"),
        "server": TypeAdapter[Any](ServerMessage).json_schema(ref_template="#/server/$defs/{model}"),
    }
