"""Journeys that nobody makes: two sign-ins of a user, and the places of their addresses after the operator's file."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from docchain.features.audit.threats.domain import STARTED, Kind, Sighting, Threat
from docchain.platform.addresses import network_of

_EARTH_KM: Final = 6_371.0
_USERS: Final = 100_000
_HOUR: Final = 3_600.0
_SOONEST: Final = 60.0
"""Seconds that a journey takes at least, as far as its speed is concerned."""


class Place(NamedTuple):
    """Degrees north and east, and a country's code."""

    latitude: float
    longitude: float
    country: str


Locate = Callable[[str], Place | None]
"""Where an address is, if that is known."""


class _Visit(NamedTuple):
    place: Place
    at: datetime
    position: int


class Travel:
    """A user signs in at two places between which nobody gets so fast.

    Args:
        locate: knows places.
        kmh: the speed that nobody travels at.
        km: distances up to this are never too far: places of addresses are rough.
    """

    kind: Kind = "impossible_travel"

    def __init__(self, locate: Locate, kmh: float, km: float) -> None:
        self._locate = locate
        self._kmh, self._km = kmh, km
        self._last: OrderedDict[UUID, _Visit] = OrderedDict()

    def see(self, seen: Sighting) -> Threat | None:
        if seen.type != STARTED or seen.user is None:
            return None
        place = self._locate(seen.address)
        if place is None:
            return None
        before = self._last.pop(seen.user, None)
        self._last[seen.user] = _Visit(place, seen.at, seen.position)
        if len(self._last) > _USERS:
            self._last.popitem(last=False)
        if before is None:
            return None
        distance = distance_km(before.place, place)
        hours = max((seen.at - before.at).total_seconds(), _SOONEST) / _HOUR
        if distance <= self._km or distance / hours <= self._kmh:
            return None
        told = {
            "km": round(distance),
            "minutes": round(hours * 60),
            "from": before.place.country,
            "to": place.country,
            "network": network_of(seen.address),
        }
        return Threat(self.kind, [before.position, seen.position], seen.workspace, seen.user, told=told)


def distance_km(one: Place, other: Place) -> float:
    """Along the surface of the earth, by the haversine formula."""
    north, other_north = radians(one.latitude), radians(other.latitude)
    half_up, half_over = (other_north - north) / 2, radians(other.longitude - one.longitude) / 2
    chord = sin(half_up) ** 2 + cos(north) * cos(other_north) * sin(half_over) ** 2
    return 2 * _EARTH_KM * asin(sqrt(chord))


def open_places(file: Path) -> Locate:
    """Read a file in the MaxMind DB format.

    Raises:
        OSError, ValueError: it cannot be read, or is something else.
    """
    import maxminddb  # noqa: PLC0415 - only where there is a file

    reader = maxminddb.open_database(str(file))

    def locate(address: str) -> Place | None:
        try:
            found = reader.get(address)
        except ValueError:  # no address
            return None
        where = found.get("location") if isinstance(found, dict) else None
        if not isinstance(where, dict) or "latitude" not in where or "longitude" not in where:
            return None
        country = found.get("country") if isinstance(found, dict) else None
        code = country.get("iso_code", "") if isinstance(country, dict) else ""
        return Place(float(str(where["latitude"])), float(str(where["longitude"])), str(code))

    return locate
