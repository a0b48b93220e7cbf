"""Health over HTTP: without sign-in, quick, and honest; what it is made of is for who looks after it."""

import asyncio
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest

from docchain.entrypoints.web.app import create_app
from docchain.features.monitoring import Finding, HealthService
from docchain.platform.database import Database
from docchain.platform.errors import Unauthenticated
from docchain.platform.settings import load_settings
from docchain.platform.work import Actor

KNOWN = {"boss": frozenset({"installation:admin"}), "tenant": frozenset({"admin"}), "reader": frozenset({"runs:read"})}


async def well() -> None: ...


async def ill() -> None:
    raise ConnectionError("postgresql://root:hunter2@db/secret")


async def stuck() -> None:
    await asyncio.Event().wait()


async def limping() -> Finding:
    return Finding("2 runs stand still.", {"broken_runs": 2})


@pytest.fixture
async def client(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'app.db'}", connections=1)

    async def authenticate(token, _workspace):
        if token not in KNOWN:
            raise Unauthenticated("It is wrong.")
        return Actor(uuid4(), token, uuid4(), permissions=KNOWN[token])

    def over(who="boss", **probes):
        services = SimpleNamespace(probes=probes, database=database, authenticate=authenticate)
        app = create_app(services, load_settings(None).limits)
        app.state.health = HealthService(probes, longest=0.05)
        headers = {"authorization": f"Bearer {who}"} if who else {}
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://docchain.test", headers=headers)

    yield over
    await database.close()


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/api/v3/health"])
async def test_a_well_server_says_so_with_latencies(client, path):
    answer = await client(database=well, engine=well).get(path)
    assert answer.status_code == 200
    health = answer.json()
    assert (health["status"], health["version"]) == ("ok", "0.1.0")
    assert list(health["checks"]) == ["process", "database", "engine"]
    assert all(check["status"] == "ok" and check["latency_ms"] >= 0 for check in health["checks"].values())


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_one_failed_part_makes_the_server_unhealthy_and_is_named(client, path):
    answer = await client(database=ill, engine=well, storage=stuck).get(path)
    assert answer.status_code == 503
    assert answer.json()["status"] == "failed"
    checks = {name: (check["status"], check["detail"]) for name, check in answer.json()["checks"].items()}
    assert checks == {
        "process": ("ok", None),
        "database": ("failed", "It failed; the log of the server says why."),
        "engine": ("ok", None),
        "storage": ("failed", "It did not answer within 0.05 s."),
    }
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/api/v3/health"])
@pytest.mark.parametrize("who", ["", "wrong", "reader", "tenant"])
async def test_strangers_are_told_how_it_is_and_nothing_of_what(client, path, who):
    answer = await client(who, database=well, engine=limping).get(path)
    nothing = {"version": None, "uptime_seconds": None, "checks": {}}
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded"} | nothing)
    answer = await client(who, database=ill).get(path)
    assert (answer.status_code, answer.json()) == (503, {"status": "failed"} | nothing)


async def test_a_process_with_a_failed_part_is_still_alive(client):
    answer = await client(database=ill).get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_what_is_degraded_serves_on_and_says_what_to_look_at(client, path):
    answer = await client(database=well, engine=limping).get(path)
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    engine = answer.json()["checks"]["engine"]
    assert (engine["status"], engine["detail"], engine["shows"]) == (
        "degraded",
        "2 runs stand still.",
        {"broken_runs": 2},
    )


async def test_what_failed_is_told_before_what_is_degraded(client):
    answer = await client(database=ill, engine=limping).get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "failed")


async def test_all_who_ask_while_it_looks_are_told_what_it_finds():
    looks, may_end = [], asyncio.Event()

    async def slow() -> None:
        looks.append("began")
        await may_end.wait()

    service = HealthService({"database": slow}, lasts=60)
    asked = [asyncio.create_task(service.check()) for _ in range(50)]
    await asyncio.sleep(0)
    asked[0].cancel()
    may_end.set()
    found = await asyncio.gather(*asked[1:])
    assert {health.status for health in found} == {"ok"}
    assert (await service.check()).status == "ok"
    assert looks == ["began"]


async def test_what_was_found_is_forgotten_after_a_moment():
    looks = []

    async def count() -> None:
        looks.append("began")

    service = HealthService({"database": count}, lasts=0)
    await service.check()
    await service.check()
    assert looks == ["began", "began"]
