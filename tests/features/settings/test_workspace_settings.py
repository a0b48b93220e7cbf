"""Settings of a workspace: typed, kept whole, rolled back; and what a workspace may reach by them."""

import http.server
import json
import threading

import pytest

from docchain.platform.settings import OutgoingSettings, StorageSettings, load_settings
from signed_in_product import signed_in


class Service:
    """Counts who comes."""

    def __init__(self) -> None:
        self.calls = 0
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.calls += 1
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def service():
    opened = Service()
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request) -> str:
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def http_(url, tmp_path, service):
    settings = load_settings(
        env_file=None,
        storage=StorageSettings(data_dir=tmp_path / "data", database_url=url, blob_url=""),
        outgoing=OutgoingSettings(outgoing_allow=[service.host]),
    )
    async with signed_in(settings) as (_, http):
        yield http


async def test_a_setting_is_changed_and_rolled_back_with_its_history(http_) -> None:
    assert (await http_.get("/admin/settings/outgoing")).json()["value"] == {"allow": [], "deny": []}
    path, first = "/admin/settings/outgoing", {"value": {"deny": ["Evil.Example", "203.0.113.7/24"]}}
    made = await http_.put(path, json=first, headers={"If-Match": '"0"'})
    assert made.json()["value"] == {"allow": [], "deny": ["evil.example", "203.0.113.0/24"]}
    assert made.headers["ETag"] == '"1"'
    await http_.put(path, json={"value": {"allow": ["*.example.com"]}}, headers={"If-Match": '"1"'})

    back = (await http_.post(f"{path}/rollback", json={"revision": 1}, headers={"If-Match": '"2"'})).json()
    blank = (await http_.post(f"{path}/rollback", json={"revision": 0}, headers={"If-Match": '"3"'})).json()

    assert (back["revision"], back["value"]["deny"]) == (3, ["evil.example", "203.0.113.0/24"])
    assert (blank["revision"], blank["value"]) == (4, {"allow": [], "deny": []})
    history = (await http_.get(f"{path}/history")).json()["items"]
    assert [item["revision"] for item in history] == [4, 3, 2, 1]
    types = [entry["type"] for entry in (await http_.get("/security/audit/logs")).json()["items"]]
    assert types.count("settings.changed") == 4


async def test_what_is_refused(http_) -> None:
    async def put(value: object, tag: str = '"0"', name: str = "outgoing") -> dict:
        return (await http_.put(f"/admin/settings/{name}", json={"value": value}, headers={"If-Match": tag})).json()

    assert (await put({"deny": ["not a host"]}))["code"] == "bad_setting"
    assert (await put({"deny": ["300.1.1.1/99"]}))["errors"][0]["path"] == "value.deny[0]"
    assert (await put({"sometimes": []}))["code"] == "bad_setting"
    assert (await put({"policies": {"user.nothing": [1, 1, 1]}}, name="rates"))["code"] == "bad_setting"
    assert (await put({}, tag='"4"'))["code"] == "setting_changed"
    missing = await http_.put("/admin/settings/outgoing", json={"value": {}})
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")


async def test_a_step_reaches_what_the_rules_allow_and_a_refusal_is_in_the_audit(http_, service) -> None:
    async def call() -> dict:
        steps = [{"id": "call", "use": "http.request", "with": {"url": f"http://{service.host}/"}}]
        definition = {"workflow": "calling", "steps": steps}
        made = (await http_.post("/workflows", json={"name": "calling", "definition": definition})).json()
        started = await http_.post(f"/workflows/{made['handle']}/execute", params={"wait": 20}, json={})
        return (await http_.get(f"/runs/{started.json()['id']}")).json()

    assert (await call())["status"] == "succeeded"
    deny = {"value": {"deny": ["127.0.0.0/8"]}}
    assert (await http_.put("/admin/settings/outgoing", json=deny, headers={"If-Match": '"0"'})).status_code == 200

    refused = await call()

    assert refused["status"] == "failed"
    assert "The workspace's rules deny 127.0.0.1." in json.dumps(refused)
    assert service.calls == 1
    page = (await http_.get("/security/audit/logs", params={"type": "security.address_refused"})).json()
    assert [entry["data"]["detail"] for entry in page["items"]] == ["The workspace's rules deny 127.0.0.1."]
    fetched = await http_.post("/intake/url", json={"url": f"http://{service.host}/"})
    assert "The workspace's rules deny 127.0.0.1." in fetched.text
