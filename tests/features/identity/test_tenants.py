"""Accounts, members and quotas in the whole product, on both databases."""

import asyncio
import re
from contextlib import AsyncExitStack

import httpx
import pytest

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.settings import MailSettings, StorageSettings, load_settings
from mail_server import MailServer

NEW = "marea baja junto al faro 9"
CARLA = {"username": "carla", "name": "Carla Soto", "email": "carla@example.com", "workspace": "default"}


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else ""


@pytest.fixture
def server():
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def admin(url, server, tmp_path):
    host, port = server.address
    mail = MailSettings(mail_host=host, mail_port=port, mail_security="none")
    storage = StorageSettings(data_dir=tmp_path, database_url=url, blob_url="")
    settings = load_settings(None, storage=storage, mail=mail)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings))
        transport = httpx.ASGITransport(create_app(services, settings.limits))
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://docchain.test/api/v3", timeout=60)
        )
        answer = await client.post("/auth/login", json={"username": "admin", "password": "admin123"})
        client.headers.update({"authorization": f"Bearer {answer.json()['access_token']}", "if-match": "*"})
        yield client


async def linked(server, page):
    """The token of a link that comes by mail, when it comes."""
    async with asyncio.timeout(20):
        while not server.mails or f"/account/{page}#" not in server.text():  # noqa: ASYNC110 - a mail tells nobody
            await asyncio.sleep(0.05)
    return re.search(r"#(\S+)", server.text())[1]


async def test_a_user_is_made_mailed_found_and_deleted(admin, server):
    made = await admin.post("/admin/users", json=CARLA | {"role": "editor", "language": "es"})
    assert made.status_code == 201, made.text
    assert (await admin.post("/admin/users/carla/reset")).status_code == 202
    token = await linked(server, "reset")
    assert server.mails[-1]["Subject"] == "Elija una contraseña nueva"
    done = await admin.post("/auth/password/reset", json={"token": token, "new_password": NEW})
    assert done.status_code == 204, done.text
    entered = await admin.post("/auth/login", json={"username": "carla", "password": NEW})
    carla = {"authorization": f"Bearer {entered.json()['access_token']}"}
    assert (await admin.get("/auth/account", headers=carla)).json()["email"] == "carla@example.com"
    found = (await admin.get("/admin/users", params={"q": "SOTO", "total": "true"})).json()
    assert ([user["username"] for user in found["items"]], found["total"]) == (["carla"], 1)
    invited = await admin.post("/workspace/invitations", json={"role": "viewer"}, headers={"x-workspace": "examples"})
    joined = await admin.post("/auth/invitation", json={"invitation": invited.json()["invitation"]}, headers=carla)
    assert joined.json()["slug"] == "examples"
    again = await admin.post("/auth/invitation", json={"invitation": invited.json()["invitation"]}, headers=carla)
    assert again.json()["code"] == "invitation_not_valid"
    assert (await admin.delete("/admin/users/carla")).status_code == 204
    assert (await admin.get("/auth/me", headers=carla)).status_code == 401


async def test_a_workspace_starts_no_more_runs_a_day_than_its_quota(admin):
    assert (await admin.put("/admin/workspaces/default/quota", json={"runs_a_day": 2})).is_success
    flow = (await admin.post("/workflows", json={"definition": {"workflow": "flow", "steps": []}})).json()["handle"]
    answers = [await admin.post(f"/workflows/{flow}/execute", json={}) for _ in range(3)]
    assert [answer.status_code for answer in answers[:2]] == [202, 202]
    refused = answers[2].json()
    assert (answers[2].status_code, refused["code"], refused["limit"]) == (409, "quota_exceeded", 2)
    assert "PUT /api/v3/admin/workspaces/" in refused["hint"]
    assert (await admin.put("/admin/workspaces/default/quota", json={"runs_a_day": 3})).is_success
    assert (await admin.post(f"/workflows/{flow}/execute", json={})).status_code == 202
