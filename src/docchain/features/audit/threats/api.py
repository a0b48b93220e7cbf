"""HTTP door of the detection of threats."""

from fastapi import APIRouter

from docchain.features.audit.doors import READ, audit_of
from docchain.features.audit.threats.detecting import reactions
from docchain.features.audit.threats.schemas import WatchedThreat, WatchedThreats
from docchain.platform.settings_threats import ThreatSettings
from docchain.platform.web.door import Door
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/security", tags=["Security"], route_class=LateRoute)


@router.get("/threats", summary="List the threats that are watched for, and what is done about them", dependencies=READ)
async def list_watched_threats(door: Door) -> WatchedThreats:
    """Findings are entries of type `threat.detected` in `/security/events`, and alerts in `/security/audit/alerts`."""
    detective = audit_of(door).detective
    bounds = _bounds(detective.settings)
    return WatchedThreats(
        items=[
            WatchedThreat(
                threat=kind,
                watched=kind not in detective.off,
                why_not=detective.off.get(kind, ""),
                reaction=reaction,
                bounds=bounds.get(kind, {}),
            )
            for kind, reaction in reactions(detective.settings).items()
        ]
    )


def _bounds(settings: ThreatSettings) -> dict[str, dict[str, float]]:
    minutes = settings.threat_window_minutes
    return {
        "credential_stuffing": {"minutes": minutes, "names": settings.threat_stuffing_names},
        "password_spraying": {
            "minutes": minutes,
            "names": settings.threat_spraying_names,
            "addresses": settings.threat_spraying_addresses,
        },
        "impossible_travel": {"kmh": settings.threat_travel_kmh, "km": settings.threat_travel_km},
        "mass_download": {"minutes": minutes, "contents": settings.threat_download_count},
    }
