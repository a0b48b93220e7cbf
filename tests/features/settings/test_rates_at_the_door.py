"""Whoever asks too often is told when to come again; kept answers count as well, and one caller costs no other."""

from collections.abc import AsyncIterator

import httpx
import pytest

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.settings import DoorSettings, RateSettings, SecuritySettings, StorageSettings, load_settings

FEW = {"user.read": (5, 600.0, 5), "user.write": (4, 600.0, 4), "ip.sign_in": (6, 600.0, 6), "ip.read": (3, 600.0, 3)}


class Doors:
    """A server, and callers from addresses of their choice."""

    def __init__(self, app) -> None:
        self._app = app

    def caller(self, address: str = "192.0.2.7", **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self._app, client=(address, 4711))
        return httpx.AsyncClient(transport=transport, base_url="http://docchain.test/api/v3", headers=headers)

    async def signed_in(self, address: str = "192.0.2.7", **body: str) -> httpx.AsyncClient:
        http = self.caller(address)
        told = await http.post("/auth/login", json=body or {"username": "admin", "password": "admin123"})
        assert told.status_code == 200, told.text
        http.headers["Authorization"] = f"Bearer {told.json()['access_token']}"
        return http


@pytest.fixture
def doors_of(tmp_path):
    async def opened(**door: object) -> AsyncIterator[Doors]:
        settings = load_settings(
            env_file=None,
            storage=StorageSettings(data_dir=tmp_path / "data", database_url="", blob_url=""),
            security=SecuritySettings(registration="open"),
            rates=RateSettings(rate_limits=FEW),
            doors=DoorSettings(**door),
        )
        async with open_services(settings, run_engine=False) as services:
            yield Doors(create_app(services, settings.limits))

    return opened


@pytest.fixture
async def doors(doors_of):
    async for opened in doors_of():
        yield opened


@pytest.fixture
async def behind_a_proxy(doors_of):
    async for opened in doors_of(trusted_proxies=["10.0.0.0/8"], cors_origins=["https://portal.example.com"]):
        yield opened


async def test_the_sixth_read_is_refused_and_told_when_to_come_again(doors) -> None:
    http = await doors.signed_in()
    await http.get("/workflows")  # by its address: nobody knew yet whose token it is
    told = [await http.get("/workflows") for _ in range(6)]

    assert [answer.status_code for answer in told] == [200] * 5 + [429]
    assert told[0].headers["RateLimit-Policy"] == '"user.read";q=5;w=600'
    assert told[0].headers["RateLimit"].startswith('"user.read";r=4;t=')
    refused = told[5]
    assert refused.json()["code"] == "rate_limited"
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert 110 <= int(refused.headers["Retry-After"]) <= 120
    assert refused.headers["RateLimit"].startswith('"user.read";r=0;t=')
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    assert refused.json()["request_id"] == refused.headers["X-Request-ID"]


async def test_answers_that_are_kept_count_as_well(doors) -> None:
    http = await doors.signed_in()
    made = (await http.post("/workflows", json={"name": "one"})).json()["handle"]
    told = [(await http.get(f"/workflows/{made}")).status_code for _ in range(6)]
    assert told == [200] * 5 + [429]


async def test_reads_and_writes_and_users_are_counted_apart(doors) -> None:
    ana = await doors.signed_in()
    for _ in range(9):
        last = await ana.get("/workflows")
    assert last.status_code == 429
    assert (await ana.post("/workflows", json={"name": "one"})).status_code == 201

    http = doors.caller()
    new = {"username": "ben", "password": "another long word 17", "email": "ben@example.com"}
    assert (await http.post("/auth/register", json=new)).status_code == 201
    ben = await doors.signed_in(username="ben", password="another long word 17")
    assert (await ben.post("/workflows", json={"name": "two"})).status_code == 201


async def test_sign_ins_are_counted_by_address(doors) -> None:
    wrong = {"username": "nobody", "password": "wrong"}
    here, there = doors.caller(), doors.caller("192.0.2.8")
    told = [(await here.post("/auth/login", json=wrong)).json()["code"] for _ in range(7)]
    assert told[-1] == "rate_limited"
    assert (await there.post("/auth/login", json=wrong)).status_code in (401, 429)
    assert (await there.post("/auth/login", json=wrong)).json()["code"] != "rate_limited"


async def test_strangers_are_counted_by_address_and_health_is_free(doors) -> None:
    http = doors.caller(Authorization="Bearer made-up")
    told = [(await http.get("/workflows")).status_code for _ in range(4)]
    assert told == [401, 401, 401, 429]
    assert (await doors.caller("192.0.2.8").get("/workflows")).status_code == 401
    assert (await http.get("http://docchain.test/health/live")).status_code == 200


async def test_what_is_left_is_told(doors) -> None:
    http = await doors.signed_in()
    await http.get("/workflows")
    state = (await http.get("/security/rate-limits")).json()

    policies = {policy["name"]: policy for policy in state["policies"]}
    assert (state["enabled"], state["shared"]) == (True, False)
    assert (policies["user.read"]["requests"], policies["user.read"]["remaining"]) == (5, 4)
    assert policies["user.write"]["remaining"] == 4
    assert policies["ip.read"]["remaining"] is None


async def test_a_workspace_is_given_less(doors) -> None:
    http = await doors.signed_in()
    less = {"value": {"policies": {"user.write": [2, 600, 2]}}}
    changed = await http.put("/admin/settings/rates", json=less, headers={"If-Match": '"0"'})
    assert changed.status_code == 200, changed.text
    told = [await http.post("/workflows", json={"name": f"number {number}"}) for number in range(3)]
    assert told[-1].status_code == 429
    assert told[-1].headers["RateLimit-Policy"] == '"user.write";q=2;w=600'


async def test_only_a_trusted_proxy_says_who_calls(behind_a_proxy) -> None:
    through = [
        (await behind_a_proxy.caller("10.1.2.3", **{"X-Forwarded-For": f"6.6.6.6, 192.0.2.{n}"}).get("/workflows"))
        for n in (1, 1, 1, 1, 2)
    ]
    assert [answer.status_code for answer in through] == [401, 401, 401, 429, 401]
    pretending = [
        (await behind_a_proxy.caller("203.0.113.9", **{"X-Forwarded-For": f"192.0.2.{n}"}).get("/workflows"))
        for n in range(10, 14)
    ]
    assert [answer.status_code for answer in pretending] == [401, 401, 401, 429]


async def test_who_came_over_tls_is_told_to_stay_there(behind_a_proxy) -> None:
    secure = behind_a_proxy.caller("10.1.2.3", **{"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.44"})
    plain = behind_a_proxy.caller("10.1.2.3", **{"X-Forwarded-For": "192.0.2.44"})
    live = "http://docchain.test/health/live"
    assert (await secure.get(live)).headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Strict-Transport-Security" not in (await plain.get(live)).headers


async def test_pages_of_listed_origins_may_call_and_no_others(behind_a_proxy) -> None:
    async def asked(origin: str, address: str) -> httpx.Response:
        headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        return await behind_a_proxy.caller(address).options("/workflows", headers=headers)

    listed = await asked("https://portal.example.com", "192.0.2.50")
    assert listed.headers["Access-Control-Allow-Origin"] == "https://portal.example.com"
    assert "Access-Control-Allow-Credentials" not in listed.headers
    for other in ("https://portal.example.com.evil.net", "https://evil.net", "null", "http://portal.example.com"):
        assert "Access-Control-Allow-Origin" not in (await asked(other, "192.0.2.51")).headers


async def test_no_page_of_others_may_call_unless_it_is_listed(doors) -> None:
    http = doors.caller(Origin="https://portal.example.com")
    answer = await http.get("http://docchain.test/health/live")
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_every_answer_tells_browsers_to_be_careful(doors) -> None:
    http = await doors.signed_in()
    for answer in (await http.get("/workflows"), await http.get("/nothing"), await http.get("http://docchain.test/")):
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "no-store" in headers["Cache-Control"] or "no-cache" in headers["Cache-Control"]
