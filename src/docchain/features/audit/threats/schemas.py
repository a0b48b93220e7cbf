"""What clients see of the detection of threats."""

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from docchain.platform.model import Model

EXAMPLE: Final[dict[str, Any]] = {
    "items": [
        {
            "threat": "credential_stuffing",
            "watched": True,
            "why_not": "",
            "reaction": "act",
            "bounds": {"minutes": 10.0, "names": 10},
        },
        {
            "threat": "impossible_travel",
            "watched": False,
            "why_not": "no file with the places of addresses: set DOCCHAIN_THREAT_GEOIP_FILE",
            "reaction": "alert",
            "bounds": {"kmh": 1000.0, "km": 500.0},
        },
    ]
}


class WatchedThreat(Model):
    """A kind of threat, and whether and how it is watched for."""

    threat: str
    watched: bool
    why_not: str = Field(description="Why it is not; empty if it is.")
    reaction: Literal["none", "alert", "act"]
    bounds: dict[str, float] = Field(description="From when on something is a threat; settings say so.")


class WatchedThreats(Model):
    """What is watched for; findings are entries of type `threat.detected`, and alerts."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    items: list[WatchedThreat]
