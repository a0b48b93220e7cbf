"""What clients see of the safety of a workspace."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from docchain.platform.model import Model
from docchain.platform.pagination import PageQuery

STATS: Final[dict[str, Any]] = {
    "since": "2026-04-30T12:00:00Z",
    "sessions": 3,
    "browser_sessions": 1,
    "sign_ins": 12,
    "sign_ins_failed": 2,
    "sign_ins_limited": 0,
    "refresh_tokens_reused": 0,
    "credentials_refused": 4,
    "access_refused": 1,
    "rate_limited": 0,
    "alerts": 0,
    "by_type": {"session.started": 12, "session.sign_in_failed": 2},
}


class SecurityEventQuery(PageQuery):
    """How the events are asked for."""

    family: Annotated[
        str | None, Field(max_length=40, pattern=r"^[a-z][a-z_]*$", description="Only these, such as `session`.")
    ] = None


class SecurityStats(Model):
    """The last 24 hours of a workspace, among the newest entries of its log, and who is signed in now."""

    model_config = ConfigDict(json_schema_extra={"example": STATS})

    since: datetime
    sessions: int = Field(description="Of members, that last now.")
    browser_sessions: int = Field(description="Those among them that a cookie stands for.")
    sign_ins: int
    sign_ins_failed: int
    sign_ins_limited: int = Field(description="Sign-ins that came too early after failures.")
    refresh_tokens_reused: int
    credentials_refused: int
    access_refused: int
    rate_limited: int
    alerts: int
    by_type: dict[str, int] = Field(description="All security events, by type.")
