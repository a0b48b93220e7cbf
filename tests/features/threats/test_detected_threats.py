"""Threats over HTTP: told as entries and alerts, and acted upon where the operator wants it."""

import httpx
import pytest

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.features.audit.threats.detecting import Detective
from docchain.features.audit.threats.reacting import Reactions
from docchain.platform.settings import SecuritySettings, StorageSettings, load_settings
from docchain.platform.settings_threats import ThreatSettings

THREATS = ThreatSettings(
    threat_stuffing_names=4, threat_download_count=3, threat_download="act", threat_new_network="act"
)


class World:
    """A whole server without a socket, asked from addresses of one's choice."""

    def __init__(self, services, settings):
        self.services = services
        self._app = create_app(services, settings.limits)

    def from_(self, address):
        transport = httpx.ASGITransport(self._app, client=(address, 4711))
        return httpx.AsyncClient(transport=transport, base_url="http://docchain.test/api/v3")

    async def signed_in(self, address, username="admin", password="admin123"):  # noqa: S107 - of the tests
        http = self.from_(address)
        answer = await http.post("/auth/login", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return http

    async def looked(self):
        await self.services.audit.refusals.flush()
        await self.services.content_reads.flush()
        await self.services.audit.detective.catch_up()

    async def threats(self, http):
        answer = await http.get("/security/audit/logs", params={"type": "threat.detected"})
        assert answer.status_code == 200, answer.text
        return [entry["data"] for entry in answer.json()["items"]]


@pytest.fixture
async def world(url, tmp_path):
    settings = load_settings(
        env_file=None,
        storage=StorageSettings(data_dir=tmp_path / "data", database_url=url if url.startswith("postgres") else ""),
        security=SecuritySettings(registration="open"),
        threats=THREATS,
    )
    async with open_services(settings, run_engine=False) as services:
        await services.audit.detective.catch_up()
        yield World(services, settings)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path}/app.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


async def test_who_tries_many_names_is_kept_out_and_told(world):
    ana = await world.signed_in("198.51.100.7")
    thief = world.from_("203.0.113.9")
    for number in range(4):
        answer = await thief.post("/auth/login", json={"username": f"user{number}", "password": "a-guess-of-many"})
        assert answer.status_code == 401
    await world.looked()

    (told,) = await world.threats(ana)
    assert (told["threat"], told["reaction"], told["names"], told["network"]) == (
        "credential_stuffing",
        "act",
        4,
        "203.0.113.0/24",
    )
    assert len(told["entries"]) == 4
    (alert,) = (await ana.get("/security/audit/alerts")).json()["items"]
    assert (alert["rule"], alert["severity"], alert["entries"]) == ("credential_stuffing", "high", told["entries"])
    late = await thief.post("/auth/login", json={"username": "admin", "password": "admin123"})
    assert (late.status_code, late.json()["code"]) == (429, "too_many_attempts")
    assert int(late.headers["retry-after"]) > 600
    await world.signed_in("198.51.100.7")


async def test_who_came_from_an_attackers_address_before_still_signs_in_there(world):
    await world.signed_in("203.0.113.9")
    thief = world.from_("203.0.113.9")
    for number in range(4):
        await thief.post("/auth/login", json={"username": f"user{number}", "password": "a-guess-of-many"})
    await world.looked()
    await world.signed_in("203.0.113.9")


async def test_who_reads_very_many_contents_is_signed_out(world):
    admin = await world.signed_in("198.51.100.7")
    answer = await admin.post("/documents", files={"file": ("a.txt", b"uno", "text/plain")})
    handle = answer.json()["handle"]
    for _ in range(3):
        assert (await admin.get(f"/documents/{handle}/content")).status_code == 200
    await world.looked()

    assert (await admin.get("/documents")).status_code == 401
    again = await world.signed_in("198.51.100.7")
    (told,) = await world.threats(again)
    assert (told["threat"], told["contents"], told["bytes"]) == ("mass_download", 3, 9)
    (read,) = (await again.get("/security/audit/logs", params={"type": "document.contents_read"})).json()["items"]
    assert (read["actor"], read["data"]["count"], read["data"]["documents"]) == ("admin", 3, [answer.json()["id"]])


async def test_a_restart_tells_nothing_twice_and_forgets_nothing(world):
    admin = await world.signed_in("198.51.100.7")

    async def fail(number, address="203.0.113.9"):
        thief = world.from_(address)
        await thief.post("/auth/login", json={"username": f"user{number}", "password": "a-guess-of-many"})

    for number in range(4):
        await fail(number)
    await world.looked()
    for number in range(10, 12):
        await fail(number, "203.0.113.77")
    await world.looked()
    act = Reactions(world.services.database, world.services.sign_in, world.services.settings)
    restarted = Detective(world.services.database, THREATS, 1.0, act)
    await restarted.catch_up()
    assert len(await world.threats(admin)) == 1
    for number in range(20, 22):
        await fail(number, "203.0.113.77")
    await world.services.audit.refusals.flush()
    await restarted.catch_up()
    assert len(await world.threats(admin)) == 2


async def test_what_is_watched_for_and_what_is_not_is_told(world):
    admin = await world.signed_in("198.51.100.7")
    items = {item["threat"]: item for item in (await admin.get("/security/threats")).json()["items"]}
    assert set(items) == {
        "credential_stuffing",
        "password_spraying",
        "impossible_travel",
        "token_reuse",
        "new_network",
        "mass_download",
        "privilege_change",
    }
    assert (items["impossible_travel"]["watched"], items["impossible_travel"]["why_not"]) == (
        False,
        "no file with the places of addresses: set DOCCHAIN_THREAT_GEOIP_FILE",
    )
    assert items["credential_stuffing"]["bounds"] == {"minutes": 10.0, "names": 4.0}
