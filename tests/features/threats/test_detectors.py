"""What counts as a threat, and what does not: detectors alone, at given moments."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from netaddr import IPSet

from docchain.features.audit.threats.domain import (
    Download,
    NewNetwork,
    Privilege,
    Reuse,
    Sighting,
    Spraying,
    Stuffing,
)
from docchain.features.audit.threats.travel import Travel, open_places

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)
ANA = UUID("0199f5e2-0000-7000-8000-0000000000aa")
OURS = UUID("0199f5e2-0000-7000-8000-00000000000a")


def failed(position, *, minute=0.0, address="203.0.113.9", name=None, count=1):
    at = NOON + timedelta(minutes=minute)
    named = f"sha256:{position}" if name is None else name
    return Sighting(position, at, "session.sign_in_failed", named=named, address=address, data={"count": count})


def found(detector, seen):
    return [threat for sighting in seen if (threat := detector.see(sighting)) is not None]


def test_many_names_from_one_address_are_stuffing():
    (threat,) = found(Stuffing(TEN, 5), [failed(number) for number in range(1, 6)])
    assert (threat.kind, threat.addresses, threat.evidence) == (
        "credential_stuffing",
        ("203.0.113.9",),
        [1, 2, 3, 4, 5],
    )
    assert threat.told == {"names": 5, "network": "203.0.113.0/24"}


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param([failed(number, name="ana") for number in range(1, 50)], id="one user who forgot"),
        pytest.param([failed(number, minute=number * 3) for number in range(1, 50)], id="over hours"),
        pytest.param([failed(number, address=f"203.0.113.{number}") for number in range(1, 50)], id="all over"),
        pytest.param([failed(number, address="") for number in range(1, 50)], id="no address known"),
    ],
)
def test_other_failures_are_no_stuffing(seen):
    assert found(Stuffing(TEN, 5), seen) == []


def test_a_flood_is_told_once_for_each_so_many_names():
    assert len(found(Stuffing(TEN, 10), [failed(number) for number in range(1, 101)])) == 10


def test_one_line_of_ipv6_is_one_address():
    seen = [failed(number, address=f"2001:db8:1:2::{number:x}") for number in range(1, 6)]
    (threat,) = found(Stuffing(TEN, 5), seen)
    assert (threat.kind, threat.told) == ("credential_stuffing", {"names": 5, "network": "2001:db8:1::/48"})
    assert found(Spraying(TEN, 5, 2), seen) == []


def test_few_tries_at_many_names_from_many_addresses_are_spraying():
    seen = [failed(number, address=f"198.51.100.{number % 6}") for number in range(1, 21)]
    (threat,) = found(Spraying(TEN, 20, 5), seen)
    assert (threat.kind, len(threat.addresses), threat.told) == (
        "password_spraying",
        6,
        {"names": 20, "addresses": 6},
    )
    many = [failed(number, address=f"198.51.100.{number % 6}", count=9) for number in range(1, 21)]
    assert found(Spraying(TEN, 20, 5), many) == []
    near = [failed(number, address=f"198.51.100.{number % 4}") for number in range(1, 21)]
    assert found(Spraying(TEN, 20, 5), near) == []


def test_a_token_used_twice_is_a_threat_to_its_user():
    (threat,) = found(Reuse(), [Sighting(7, NOON, "session.token_reused", OURS, ANA)])
    assert (threat.kind, threat.user, threat.evidence) == ("token_reuse", ANA, [7])


def test_a_key_from_a_new_network_is_told_once_for_each_network():
    key = "0199f5e2-0000-7000-8000-0000000000bb"
    moves = ["198.51.100.0/24", "203.0.113.0/24", "198.51.100.0/24"]
    seen = [
        Sighting(number, NOON, "api_key.moved", OURS, data={"key_id": key, "network": network})
        for number, network in enumerate(moves)
    ]
    assert [(str(threat.key), threat.told["network"]) for threat in found(NewNetwork(), seen)] == [
        (key, "198.51.100.0/24"),
        (key, "203.0.113.0/24"),
    ]


def test_very_many_contents_read_within_the_window_are_a_download():
    def read(position, minute):
        told = {"count": 40, "bytes": 1_000}
        return Sighting(position, NOON + timedelta(minutes=minute), "document.contents_read", OURS, ANA, data=told)

    (threat,) = found(Download(TEN, 100), [read(1, 0), read(2, 1), read(3, 2)])
    assert (threat.user, threat.told) == (ANA, {"contents": 120, "bytes": 3_000})
    assert found(Download(TEN, 100), [read(1, 0), read(2, 9), read(3, 18)]) == []


@pytest.mark.parametrize(
    ("type_", "data", "is_threat"),
    [
        ("membership.added", {"role": "admin"}, True),
        ("membership.role_changed", {"role": "owner"}, True),
        ("membership.added", {"role": "viewer"}, False),
        ("membership.removed", {"role": "owner"}, False),
        ("role.changed", {"name": "Clerk", "permissions": ["admin", "runs:read"]}, True),
        ("role.changed", {"name": "Clerk", "permissions": ["runs:read"]}, False),
    ],
)
def test_only_the_highest_rights_are_told(type_, data, is_threat):
    assert bool(found(Privilege(), [Sighting(1, NOON, type_, OURS, ANA, data=data)])) is is_threat


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A file in the MaxMind DB format with Madrid, Lisbon and Tokyo."""
    from mmdb_writer import MMDBWriter  # noqa: PLC0415 - writes a file

    file = tmp_path_factory.mktemp("geo") / "places.mmdb"
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Cities", float_type="f64")
    for network, latitude, longitude, code in (
        ("192.0.2.0/24", 40.4168, -3.7038, "ES"),
        ("198.51.100.0/24", 38.7223, -9.1393, "PT"),
        ("203.0.113.0/24", 35.6762, 139.6503, "JP"),
    ):
        place = {"location": {"latitude": latitude, "longitude": longitude}, "country": {"iso_code": code}}
        writer.insert_network(IPSet([network]), place)
    writer.to_db_file(str(file))
    return open_places(file)


def signed_in(position, hours, address):
    return Sighting(position, NOON + timedelta(hours=hours), "session.started", OURS, ANA, address=address)


def test_nobody_signs_in_in_madrid_and_an_hour_later_in_tokyo(places):
    travel = Travel(places, 1_000, 500)
    (threat,) = found(travel, [signed_in(1, 0, "192.0.2.4"), signed_in(2, 1, "203.0.113.4")])
    assert (threat.kind, threat.user, threat.evidence) == ("impossible_travel", ANA, [1, 2])
    assert threat.told == {"km": 10762, "minutes": 60, "from": "ES", "to": "JP", "network": "203.0.113.0/24"}


@pytest.mark.parametrize(
    ("hours", "address"),
    [(14, "203.0.113.4"), (0.01, "198.51.100.4"), (0.01, "192.0.2.200"), (0.01, "10.0.0.1"), (0.01, "unix")],
)
def test_a_flight_a_town_nearby_and_unknown_places_are_no_threat(places, hours, address):
    travel = Travel(places, 1_000, 510)
    assert found(travel, [signed_in(1, 0, "192.0.2.4"), signed_in(2, hours, address)]) == []
