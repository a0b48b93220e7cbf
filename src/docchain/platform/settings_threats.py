"""What the operator may choose of the detection of threats."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from docchain.platform.settings_concerns import Concern

Reaction = Literal["none", "alert", "act"]
_SWITCH = "`none` looks away, `alert` tells, `act` also "


class ThreatSettings(Concern):
    """What counts as a threat, and what is done about it."""

    threat_window_minutes: float = Field(
        10.0, ge=0.1, le=1_440, description="Minutes within which sightings are counted together."
    )
    threat_stuffing: Reaction = Field(
        "act", description=f"One address tries the names of many users: {_SWITCH}keeps it from signing in for a while."
    )
    threat_stuffing_names: int = Field(10, ge=2, le=10_000, description="Names from one address that are too many.")
    threat_spraying: Reaction = Field("alert", description=f"Many addresses try many users: {_SWITCH}keeps them out.")
    threat_spraying_names: int = Field(30, ge=2, le=10_000, description="Names that are too many, from all addresses.")
    threat_spraying_addresses: int = Field(5, ge=2, le=10_000, description="Addresses that share them at least.")
    threat_travel: Reaction = Field(
        "alert", description=f"A user signs in from places too far apart: {_SWITCH}ends the user's sessions."
    )
    threat_travel_kmh: float = Field(1_000.0, gt=0, le=100_000, description="Speed that nobody travels at, in km/h.")
    threat_travel_km: float = Field(500.0, ge=0, le=20_000, description="Distances that are never too far, in km.")
    threat_geoip_file: Path | None = Field(
        None,
        description="File in the MaxMind DB format with the places of addresses (city level); without one, journeys "
        "are not looked at.",
    )
    threat_reuse: Reaction = Field(
        "act",
        description=f"A refresh token is used twice; its session ends in any case: {_SWITCH}ends all of the user.",
    )
    threat_new_network: Reaction = Field(
        "alert", description=f"An API key is used from another network than before: {_SWITCH}revokes the key."
    )
    threat_download: Reaction = Field(
        "alert", description=f"A user reads very many documents: {_SWITCH}ends the user's sessions."
    )
    threat_download_count: int = Field(1_000, ge=1, le=10_000_000, description="Contents that are too many.")
    threat_privilege: Reaction = Field(
        "alert", description="Somebody becomes owner, administrator or operator: `none` looks away, the others tell."
    )
    threat_block_minutes: float = Field(
        15.0, ge=0.1, le=10_080, description="Minutes for which addresses are kept from signing in."
    )
