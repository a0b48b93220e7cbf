"""What looks like an attack: pure detectors, each fed with sightings in the order of the log."""

from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from docchain.platform.addresses import counted_as, network_of

Kind = Literal[
    "credential_stuffing",
    "password_spraying",
    "impossible_travel",
    "token_reuse",
    "new_network",
    "mass_download",
    "privilege_change",
]
FAILED: Final = "session.sign_in_failed"
STARTED: Final = "session.started"
REUSED: Final = "session.token_reused"
MOVED: Final = "api_key.moved"
READ: Final = "document.contents_read"
WATCHED: Final = (FAILED, STARTED, REUSED, MOVED, READ, "membership.*", "role.*", "user.operator_made")
_LANES: Final = 10_000
_EVIDENCE: Final = 20
_HIGH_ROLES: Final = frozenset({"owner", "admin"})
_TRIES: Final = 3
"""A sprayer tries few passwords a user, so as not to be locked out."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What an entry of the log says that detectors look at."""

    position: int
    at: datetime
    type: str
    workspace: UUID | None = None
    user: UUID | None = None
    """Whom it is about, or who acts."""
    named: str = ""
    """The digest of a name that nobody has."""
    address: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Threat:
    """A finding, with the entries that show it."""

    kind: Kind
    evidence: list[int]
    workspace: UUID | None = None
    user: UUID | None = None
    key: UUID | None = None
    addresses: tuple[str, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)


class Detector(Protocol):
    """Looks at one sighting after another."""

    kind: Kind

    def see(self, seen: Sighting) -> Threat | None: ...


@dataclass(frozen=True, slots=True)
class Within:
    """What was seen lately, lane by lane; the lanes that were quiet for longest are forgotten first."""

    window: timedelta
    lanes: "OrderedDict[str, deque[Sighting]]" = field(default_factory=OrderedDict)

    def add(self, lane: str, seen: Sighting) -> "deque[Sighting]":
        found = self.lanes.setdefault(lane, deque())
        self.lanes.move_to_end(lane)
        if len(self.lanes) > _LANES:
            self.lanes.popitem(last=False)
        found.append(seen)
        while found[0].at <= seen.at - self.window:
            found.popleft()
        return found


class Stuffing:
    """One address tries the names of many users."""

    kind: Kind = "credential_stuffing"

    def __init__(self, window: timedelta, names: int) -> None:
        self._within = Within(window)
        self._names = names

    def see(self, seen: Sighting) -> Threat | None:
        if seen.type != FAILED or not seen.address:
            return None
        lane = self._within.add(counted_as(seen.address), seen)
        names = {_name(one) for one in lane}
        if len(names) < self._names:
            return None
        evidence = _evidence(lane)
        lane.clear()
        told = {"names": len(names), "network": network_of(seen.address)}
        return Threat(self.kind, evidence, addresses=(seen.address,), told=told)


class Spraying:
    """Many addresses try many users, each a few times."""

    kind: Kind = "password_spraying"

    def __init__(self, window: timedelta, names: int, addresses: int) -> None:
        self._within = Within(window)
        self._names, self._addresses = names, addresses

    def see(self, seen: Sighting) -> Threat | None:
        if seen.type != FAILED or not seen.address:
            return None
        lane = self._within.add("", seen)
        if len(lane) < self._names:
            return None
        names, addresses = {_name(one) for one in lane}, {counted_as(one.address) for one in lane}
        few = sum(int(one.data.get("count", 1)) for one in lane) <= _TRIES * len(names)
        if len(names) < self._names or len(addresses) < self._addresses or not few:
            return None
        evidence = _evidence(lane)
        lane.clear()
        told = {"names": len(names), "addresses": len(addresses)}
        return Threat(self.kind, evidence, addresses=tuple(sorted(addresses)), told=told)


class Reuse:
    """A refresh token is used a second time: somebody copied it."""

    kind: Kind = "token_reuse"

    def see(self, seen: Sighting) -> Threat | None:
        if seen.type != REUSED:
            return None
        return Threat(self.kind, [seen.position], seen.workspace, seen.user)


class NewNetwork:
    """An API key comes from another network."""

    kind: Kind = "new_network"

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def see(self, seen: Sighting) -> Threat | None:
        if seen.type != MOVED:
            return None
        key, network = str(seen.data["key_id"]), str(seen.data["network"])
        if (key, network) in self._known:
            return None
        self._known[key, network] = None
        if len(self._known) > _LANES:
            self._known.popitem(last=False)
        return Threat(self.kind, [seen.position], seen.workspace, key=UUID(key), told={"network": network})


class Download:
    """A user reads very many contents."""

    kind: Kind = "mass_download"

    def __init__(self, window: timedelta, count: int) -> None:
        self._within = Within(window)
        self._count = count

    def see(self, seen: Sighting) -> Threat | None:
        if seen.type != READ or seen.user is None:
            return None
        lane = self._within.add(f"{seen.workspace}/{seen.user}", seen)
        count = sum(int(one.data["count"]) for one in lane)
        if count < self._count:
            return None
        evidence, size = _evidence(lane), sum(int(one.data["bytes"]) for one in lane)
        lane.clear()
        told = {"contents": count, "bytes": size}
        return Threat(self.kind, evidence, seen.workspace, seen.user, told=told)


class Privilege:
    """Somebody gets the highest rights of a workspace, or of the installation."""

    kind: Kind = "privilege_change"

    def see(self, seen: Sighting) -> Threat | None:
        role = str(seen.data.get("role", ""))
        becomes = seen.type.startswith("membership.") and role in _HIGH_ROLES and "removed" not in seen.type
        allows = seen.type in {"role.created", "role.changed"} and "admin" in seen.data.get("permissions", ())
        operates = seen.type == "user.operator_made"
        if not (becomes or allows or operates):
            return None
        told = {"role": role or str(seen.data.get("name", "operator"))}
        return Threat(self.kind, [seen.position], seen.workspace, seen.user, told=told)


def _name(seen: Sighting) -> str:
    return str(seen.user) if seen.user else seen.named


def _evidence(lane: "deque[Sighting]") -> list[int]:
    """The last entries; a lane may have thousands."""
    return [one.position for one in _last(lane)]


def _last(lane: "deque[Sighting]") -> Iterator[Sighting]:
    for place in range(max(0, len(lane) - _EVIDENCE), len(lane)):
        yield lane[place]
