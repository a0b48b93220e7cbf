"""What the HTTP doors of real time answer."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from docchain.platform.model import Model

_ID = "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10"


class Ticket(Model):
    model_config = ConfigDict(
        json_schema_extra={"example": {"ticket": "dct_7Hq3n0mXvT2kq9fYw5uZbA", "expires_at": "2026-05-01T12:00:30Z"}}
    )

    ticket: str = Field(description="Opens one socket: `/api/v3/ws/ws?ticket=…`.")
    expires_at: datetime


class Connection(Model):
    """One open socket or event stream."""

    id: UUID
    kind: str = Field(description="`socket` or `stream`.", examples=["socket"])
    user: str = Field(examples=["admin"])
    user_id: UUID
    connection_id: str = Field("", description="What the client called it.")
    user_label: str = Field("", description="The `user_id` of the socket's address: a label, nobody's identity.")
    listens: list[str] = Field([], description="Where it listens.", examples=[["type/run.*", f"run/{_ID}"]])
    waiting: int = Field(0, description="Messages that wait to be sent.")
    opened_at: datetime


class ConnectionList(Model):
    items: list[Connection]


class WorkspaceStats(Model):
    connections: int
    users: int
    listeners: dict[str, int] = Field(
        {}, description="How many connections listen where.", examples=[{"type/run.*": 2}]
    )


class Stats(Model):
    """Totals; with an access token also those of the workspace."""

    connections: int = Field(description="Of all processes.")
    processes: int = Field(description="Servers that tell of their connections.")
    workspace: WorkspaceStats | None = None
