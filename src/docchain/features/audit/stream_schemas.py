"""What clients see of streams, rules and alerts."""

import re
from datetime import datetime
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from docchain.features.audit.examples import ALERT, RULE, RULE_SHOWN, STREAM, STREAM_SHOWN
from docchain.features.audit.schemas import Outcome, TypePattern
from docchain.platform.model import NO_FLAG, Model

Kind = Literal["file", "syslog", "webhook"]
Severity = Literal["low", "medium", "high"]
SCHEMES: Final = {
    "syslog": ("syslog+udp", "syslog+tcp", "syslog+tls"),
    "webhook": ("https", "http"),
}
_NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,59}$"
_Name = Annotated[str, Field(min_length=1, max_length=100)]
_Types = Annotated[list[TypePattern], Field(max_length=50)]


class StreamRequest(BaseModel):
    """Where entries go from now on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": STREAM})

    name: _Name
    kind: Kind
    target: str = Field(
        min_length=1,
        max_length=500,
        description="For a file its name of small letters, digits, `-` and `_`; for syslog `syslog+tls://host:6514`, "
        "`syslog+tcp://…` or `syslog+udp://…`; for a webhook its address.",
    )
    types: _Types = Field([], description="Only entries of these types or families; empty: all.")

    @field_validator("target")
    @classmethod
    def _check_target(cls, target: str, info: ValidationInfo) -> str:
        kind = info.data.get("kind")
        if kind == "file" and not re.fullmatch(_NAME, target):
            raise ValueError("name the file with small letters, digits, - and _, such as security")
        if kind in SCHEMES and not _is_address(kind, target):
            raise ValueError(f"write an address such as {_EXAMPLES[kind]}, without a password")
        return target


def _is_address(kind: str, target: str) -> bool:
    try:
        parts = urlsplit(target)
        is_whole = parts.scheme in SCHEMES[kind] and bool(parts.hostname)
        is_whole = is_whole and (kind == "webhook" or parts.port is not None)
    except ValueError:
        return False
    return is_whole and not parts.username and not parts.password


_EXAMPLES: Final = {"syslog": "syslog+tls://logs.example.com:6514", "webhook": "https://siem.example.com/hook"}


class Stream(Model):
    """Where entries go, and how far they went."""

    model_config = ConfigDict(json_schema_extra={"example": STREAM_SHOWN})

    id: UUID
    handle: str
    name: str
    kind: Kind
    target: str
    types: list[str]
    delivered: int = Field(description="How many entries were delivered.")
    position: int = Field(description="Up to this position everything was delivered.")
    trouble: str = Field(description="Why the last delivery failed; it is tried again.")
    troubled_since: datetime | None
    signing_key: str | None = Field(
        None, description="Of a webhook: checks `webhook-signature`; shown only when the stream is made."
    )
    created_at: datetime


class RuleMatch(BaseModel):
    """Which entries count; what is empty matches all."""

    model_config = ConfigDict(extra="forbid")

    types: _Types = []
    actors: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=50, description="Names or ids.")
    resource_kinds: list[Annotated[str, Field(max_length=60)]] = Field([], max_length=50)
    outcome: Outcome | None = None


class RuleRequest(BaseModel):
    """When to raise an alert."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": RULE})

    name: _Name
    severity: Severity = "medium"
    match: RuleMatch
    threshold: Annotated[int, Field(ge=1, le=1_000), NO_FLAG] = Field(
        1, description="So many matching entries raise an alert; a counted entry counts as often as it happened."
    )
    window_seconds: Annotated[int, Field(ge=1, le=7 * 86_400), NO_FLAG] = Field(60, description="Within this time.")


class Rule(RuleRequest):
    """A rule as it is kept."""

    model_config = ConfigDict(json_schema_extra={"example": RULE_SHOWN})

    id: UUID
    handle: str
    created_at: datetime


class Alert(Model):
    """A rule that matched often enough."""

    model_config = ConfigDict(json_schema_extra={"example": ALERT})

    id: UUID
    handle: str
    rule_id: UUID
    rule: str
    severity: Severity
    entries: list[int] = Field(description="Positions of the entries that raised it.")
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
