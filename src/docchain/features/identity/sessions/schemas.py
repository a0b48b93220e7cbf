"""What is told of sessions."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from docchain.platform.model import Model

_SESSION: JsonDict = {
    "id": "019a0b1c-5a2e-7c42-8d11-3e5f7a9b1c20",
    "device": "Firefox on Linux",
    "address": "198.51.100.7",
    "method": "password",
    "kind": "browser",
    "started_at": "2026-05-01T12:00:00Z",
    "seen_at": "2026-05-01T12:05:00Z",
    "expires_at": "2026-05-31T12:00:00Z",
    "current": True,
}


class OwnSession(Model):
    """A sign-in on one device."""

    model_config = ConfigDict(json_schema_extra={"example": _SESSION})

    id: UUID
    device: str = Field(description="What the program says of itself, made short.")
    address: str = Field(description="The network address of the sign-in.")
    method: str = Field(description="How the user signed in, such as `password` or `passkey`.")
    kind: Literal["browser", "tokens"] = Field(description="What stands for it: a browser's cookie, or tokens.")
    started_at: datetime
    seen_at: datetime = Field(description="When it was last used, to a few minutes.")
    expires_at: datetime | None = Field(description="When it is over at the latest; sooner for a browser without use.")
    current: bool = Field(description="Whether this request acts in it.")


class CurrentSession(OwnSession):
    model_config = ConfigDict(json_schema_extra={"example": {**_SESSION, "csrf_token": None}})

    csrf_token: str | None = Field(description="For `X-CSRF-Token`, if a cookie stands for the session.")


class OwnSessions(Model):
    model_config = ConfigDict(json_schema_extra={"example": {"items": [_SESSION]}})

    items: list[OwnSession]


class SessionsEnded(Model):
    model_config = ConfigDict(json_schema_extra={"example": {"ended": 2}})

    ended: int = Field(description="How many sessions ended.")
