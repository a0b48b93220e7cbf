"""The detective: follows the log, tells threats as entries and alerts, and acts where the operator wants it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import structlog

from docchain.features.audit.domain import parsed
from docchain.features.audit.stream_repository import KeptRepository
from docchain.features.audit.streams import Raised, raise_alert
from docchain.features.audit.threats.domain import (
    WATCHED,
    Detector,
    Download,
    Kind,
    NewNetwork,
    Privilege,
    Reuse,
    Sighting,
    Spraying,
    Stuffing,
    Threat,
)
from docchain.features.audit.threats.travel import Travel, open_places
from docchain.features.identity import DEFAULT_WORKSPACE, IdentityService
from docchain.platform import personal
from docchain.platform.cursors import peek_position, set_position
from docchain.platform.database import Database
from docchain.platform.events import last_position
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.settings_threats import Reaction, ThreatSettings
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
CURSOR: Final = "threats"
DETECTED: Final = "threat.detected"
_SUBJECT: Final = "threat"
_PEOPLE: Final = frozenset({"user", "security"})
_BATCH: Final = 1_000
_RECALLED: Final = 5_000
_POLL: Final = 5.0
_SPACE: Final = UUID("6e3f5c0e-2f57-4b1c-9a4e-5d0d6a1f3b77")
_SEVERITY: Final[Mapping[Kind, str]] = {"privilege_change": "medium", "new_network": "medium", "mass_download": "high"}
Act = Callable[[Threat], Awaitable[None]]


class Detective:
    """What it has counted is in memory; after a restart it looks again at what the window still holds.

    Args:
        database: where the log is.
        settings: what is looked for.
        every: seconds between two looks.
        act: reacts to a threat whose reaction is to act.
    """

    def __init__(self, database: Database, settings: ThreatSettings, every: float, act: Act) -> None:
        self._database = database
        self.settings = settings
        self._every = every
        self.detectors, self.off = _detectors(settings)
        self._act = act
        self._position: int | None = None
        self._wake = asyncio.Event()
        database.on_events(self._wake.set)

    async def run(self) -> None:
        """Watch until cancelled; whatever fails is tried again."""
        await persevere(self.catch_up, self._wake, Rhythm(self._every, _POLL), "threats_not_looked_for")

    async def catch_up(self) -> None:
        """Look at all that is committed."""
        if self._position is None:
            await self._recall()
        while await self._look():
            pass

    def reaction(self, kind: Kind) -> Reaction:
        return reactions(self.settings)[kind]

    async def _recall(self) -> None:
        """Count again what happened lately, without telling it again; a first start begins with what comes."""
        window = timedelta(minutes=self.settings.threat_window_minutes)

        def recall(work: Work) -> tuple[int, Sequence[Sighting]]:
            known = peek_position(work, CURSOR)
            if known == 0:
                return last_position(work.session), []
            rows = KeptRepository(work.session).behind(max(known - _RECALLED, 0), _RECALLED, WATCHED)
            return known, _sightings(
                work, [row for row in rows if row.position <= known and row.at > work.now - window]
            )

        position, seen = await self._database.read(recall, SYSTEM)
        for sighting in seen:
            self._see(sighting)
        self._position = position

    async def _look(self) -> bool:
        after = self._position or 0

        def look(work: Work) -> tuple[int, Sequence[Sighting], bool]:
            last = last_position(work.session)
            if last <= after:
                return after, [], False
            rows = KeptRepository(work.session).behind(after, _BATCH, WATCHED)
            more = len(rows) == _BATCH
            return rows[-1].position if more else last, _sightings(work, rows), more

        last, seen, more = await self._database.read(look, SYSTEM)
        threats = [threat for sighting in seen for threat in self._see(sighting)]
        if threats:
            await self._database.write(lambda work: self._tell(work, threats, last), SYSTEM)
            for threat in threats:
                if self.reaction(threat.kind) == "act":
                    await self._act(threat)
        self._position = last
        return more

    def _see(self, sighting: Sighting) -> list[Threat]:
        return [threat for detector in self.detectors if (threat := detector.see(sighting)) is not None]

    def _tell(self, work: Work, threats: Iterable[Threat], last: int) -> None:
        first = IdentityService(work).workspace_id(DEFAULT_WORKSPACE)
        for threat in threats:
            workspace = threat.workspace or first
            if workspace is None:
                continue
            rule = uuid5(_SPACE, threat.kind)
            raised = Raised(workspace, rule, threat.kind, _SEVERITY.get(threat.kind, "high"), threat.evidence)
            told = {
                **threat.told,
                "threat": threat.kind,
                "reaction": self.reaction(threat.kind),
                "entries": threat.evidence,
                "user_id": str(threat.user) if threat.user else None,
                "key_id": str(threat.key) if threat.key else None,
            }
            with work.inside(workspace):
                facts = {name: value for name, value in told.items() if value is not None}
                work.emit(DETECTED, _SUBJECT, threat.user or threat.key, facts)
            raise_alert(work, raised)
        set_position(work, CURSOR, last)


def reactions(settings: ThreatSettings) -> dict[Kind, Reaction]:
    """What is done about each kind."""
    return {
        "credential_stuffing": settings.threat_stuffing,
        "password_spraying": settings.threat_spraying,
        "impossible_travel": settings.threat_travel,
        "token_reuse": settings.threat_reuse,
        "new_network": settings.threat_new_network,
        "mass_download": settings.threat_download,
        "privilege_change": settings.threat_privilege,
    }


def _detectors(settings: ThreatSettings) -> tuple[list[Detector], dict[Kind, str]]:
    """Those that look, and why the others do not."""
    window = timedelta(minutes=settings.threat_window_minutes)
    wanted = reactions(settings)
    off: dict[Kind, str] = {kind: f"switched off by a setting: {kind}" for kind, how in wanted.items() if how == "none"}
    found: list[Detector] = [
        Stuffing(window, settings.threat_stuffing_names),
        Spraying(window, settings.threat_spraying_names, settings.threat_spraying_addresses),
        Reuse(),
        NewNetwork(),
        Download(window, settings.threat_download_count),
        Privilege(),
    ]
    if settings.threat_geoip_file is None:
        off["impossible_travel"] = "no file with the places of addresses: set DOCCHAIN_THREAT_GEOIP_FILE"
    elif "impossible_travel" not in off:
        try:
            places = open_places(settings.threat_geoip_file)
            found.append(Travel(places, settings.threat_travel_kmh, settings.threat_travel_km))
        except (OSError, ValueError) as error:
            log.warning("geoip_file_not_read", file=str(settings.threat_geoip_file), error=str(error))
            off["impossible_travel"] = f"DOCCHAIN_THREAT_GEOIP_FILE cannot be read: {error}"
    return [detector for detector in found if detector.kind not in off], off


def _sightings(work: Work, rows: Sequence[Any]) -> list[Sighting]:
    told = [{"from": (parsed(row.context) or {}).get("from", {})} for row in rows]
    return [_sighting(row, came["from"]) for row, came in zip(rows, personal.opened(work.session, told), strict=True)]


def _sighting(row: Any, came: Mapping[str, Any]) -> Sighting:
    data = parsed(row.data)
    data = data if isinstance(data, dict) else {}
    return Sighting(
        row.position,
        row.at,
        row.type,
        row.workspace_id,
        _user(row, data),
        str(data.get("named", "")),
        str(came.get("address", "")),
        data,
    )


def _user(row: Any, data: Mapping[str, Any]) -> UUID | None:
    """Whom it is about, else who did it."""
    for text in (data.get("user_id"), row.subject_id if row.subject_kind in _PEOPLE else None, row.actor):
        try:
            return UUID(str(text))
        except ValueError:
            continue
    return None
