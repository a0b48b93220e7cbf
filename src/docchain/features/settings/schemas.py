"""Settings of a workspace as administrators see them."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from docchain.platform.model import Model

SettingName = Literal["outgoing", "rates", "ai"]
_EXAMPLE: Final[dict[str, Any]] = {
    "name": "outgoing",
    "meaning": "What steps and sources of the workspace may reach, within what the operator allows.",
    "value": {"allow": ["*.example.com"], "deny": ["203.0.113.0/24"]},
    "revision": 1,
    "changed_at": "2026-11-22T09:30:00Z",
    "changed_by": "admin",
}


class Setting(Model):
    """A setting at one of its revisions; 0 is what it is while nobody has set it."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    name: str
    meaning: str
    value: dict[str, Any]
    revision: int
    changed_at: datetime | None = None
    changed_by: str | None = None


class SettingList(Model):
    model_config = ConfigDict(json_schema_extra={"example": {"items": [_EXAMPLE]}})

    items: list[Setting]


class SettingRequest(BaseModel):
    """What a setting is to be, whole."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"value": {"allow": ["*.example.com"], "deny": ["203.0.113.0/24"]}}},
    )

    value: dict[str, Any]


class RollbackRequest(BaseModel):
    """Which revision a setting goes back to."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"revision": 1}})

    revision: int = Field(ge=0, le=2_147_483_647)
