"""Rate limits as callers see them."""

from typing import Any, Final

from pydantic import ConfigDict, Field

from docchain.platform.model import Model

_POLICY: Final[dict[str, Any]] = {
    "name": "user.read",
    "requests": 60_000,
    "seconds": 60.0,
    "burst": 10_000,
    "remaining": 9_998,
    "full_in": 0.002,
}


class RatePolicy(Model):
    """How many requests of a class are answered, and what is left of that for who asks."""

    name: str = Field(description="Subject (`ip`, `user`, `key`) and class (`read`, `write`, `sign_in`).")
    requests: int
    seconds: float = Field(description="In which so many requests are answered.")
    burst: int = Field(description="How many may come at once.")
    remaining: int | None = Field(None, description="How many you may send at once now; null: it does not count you.")
    full_in: float | None = Field(None, description="Seconds until the whole burst is there again.")


class RateLimitState(Model):
    """All policies; those that count the caller with what is left."""

    model_config = ConfigDict(json_schema_extra={"example": {"enabled": True, "shared": False, "policies": [_POLICY]}})

    enabled: bool
    shared: bool = Field(description="Whether several servers count together.")
    policies: list[RatePolicy]
