"""Everything of a workspace taken out, and deleted: whatever table, content, run or index there is, in the product."""

import asyncio
import io
import json
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import AsyncExitStack, closing
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.features.audit.exporting import verify_export
from docchain.features.identity.workspaces.holdings_repository import SECRET, held_tables
from docchain.platform import schema
from docchain.platform.every_table import every_table
from docchain.platform.settings import StorageSettings, load_settings
from docchain.platform.work import SYSTEM

OF_NO_WORKSPACE = {
    "authenticator": "of a user",
    "definition": "by its digest, of all who have the same; holds no names",
    "external_identity": "of a user",
    "one_time_link": "of a user",
    "outgoing_mail": "sealed, and gone when sent",
    "passkey": "of a user",
    "proof_attempt": "of a user",
    "reader_cursor": "of the installation",
    "recovery_code": "of a user",
    "refresh_token": "of a session",
    "retention_sweep": "of the installation",
    "sign_in_session": "of a user",
    "socket_process": "of the installation",
    "socket_ticket": "of a session, for half a minute",
    "spent_challenge": "of the installation",
    "storage_default": "of the installation",
    "storage_move": "of the installation",
    "user_account": "of the installation",
    "workspace": "the workspace itself, deleted last",
    "workspace_erasure": "what is left",
}
STEPS = [{"id": "made", "use": "value.set", "with": {"values": {"iban": "ES9121000418450200051332"}}}]
WAITS = [{"id": "paid", "use": "wait", "with": {"signal": "paid"}}]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else ""


@pytest.fixture
async def product(url, tmp_path):
    settings = load_settings(None, storage=StorageSettings(data_dir=tmp_path, database_url=url, blob_url=""))
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings))
        transport = httpx.ASGITransport(create_app(services, settings.limits))
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://docchain.test/api/v3", timeout=60)
        )
        answer = await client.post("/auth/login", json={"username": "admin", "password": "admin123"})
        client.headers.update({"authorization": f"Bearer {answer.json()['access_token']}", "if-match": "*"})
        yield services, client


async def filled(client):
    """A workspace with documents, runs that ended and one that waits; its id."""
    made = await client.post("/workspaces", json={"name": "Payable", "slug": "payable"})
    assert made.status_code == 201, made.text
    client.headers["x-workspace"] = "payable"
    uploaded = await client.post("/documents?name=secret-plan.txt", content=b"The plan of the Orion project")
    assert uploaded.status_code == 201, uploaded.text
    for name, steps in (("ends", STEPS), ("waits", WAITS)):
        definition = {"workflow": name, "steps": steps}
        flow = (await client.post("/workflows", json={"definition": definition})).json()["handle"]
        run = await client.post(f"/workflows/{flow}/execute", json={"wait": 20 if name == "ends" else 0})
        assert run.is_success, run.text
    key = await client.post("/security/api-keys", json={"name": "robot", "permissions": ["runs:read"]})
    assert key.status_code == 201, key.text
    return made.json()["id"], key.json()["key"]


async def stored(shelf, workspace):
    return [
        item.name for prefix in (workspace, f"keys/{workspace}") for item in [one async for one in shelf.items(prefix)]
    ]


def bytes_of(path):
    """The file of a database, with all that was written to it."""
    if not path.exists():
        return b""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def held(work, workspace_id):
    return {
        table.name
        for table in every_table()
        if "workspace_id" in table.c
        and work.session.execute(select(table).where(table.c.workspace_id == workspace_id).limit(1)).first()
    }


async def eventually(client):
    """The line that is left, once everything else is gone."""
    async with asyncio.timeout(60):
        while True:
            (line,) = (await client.get("/admin/erasures")).json()["items"]
            if line["erased_at"]:
                return line
            await asyncio.sleep(0.05)


def test_every_table_is_of_a_workspace_or_said_to_be_of_none():
    without = {table.name for table in every_table() if "workspace_id" not in table.c}
    assert without | {"workspace_erasure"} == set(OF_NO_WORKSPACE)
    named = {table.name for table in held_tables()}
    assert named == {table.name for table in every_table()} - set(OF_NO_WORKSPACE)


def test_no_table_is_forgotten_because_its_feature_was_not_used_yet(tmp_path):
    """A process that only stands by has loaded few of them."""
    code = (
        "from docchain.features.identity.workspaces.holdings_repository import held_tables;"
        "print(*sorted(table.name for table in held_tables()))"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    asyncio.run(schema.ensure_current(f"sqlite:///{tmp_path}/app.db"))
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        found = connection.execute(
            "SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c "
            "WHERE m.type = 'table' AND c.name = 'workspace_id' ORDER BY m.name"
        )
        kept = [name for (name,) in found]
    assert told.stdout.split() == [name for name in kept if name != "workspace_erasure"]


def test_what_looks_secret_leaves_no_installation():
    looks = ("hash", "sealed", "former_digest", "password")
    suspicious = {
        (table.name, column.name)
        for table in held_tables()
        for column in table.columns
        if any(word in column.name for word in looks) and column.name != "sealed_at"
    }
    assert suspicious <= {(table, column) for table, columns in SECRET.items() for column in columns}


async def test_everything_is_taken_out_as_one_file(product, tmp_path):
    services, client = product
    workspace, key = await filled(client)
    await services.audit.sealer.catch_up()
    answer = await client.post("/workspace/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="payable.zip"'
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    names = archive.namelist()
    assert {f"tables/{name}.ndjson" for name in ("document", "run", "event", "membership", "workflow")} <= set(names)

    def lines(name):
        return [json.loads(line) for line in archive.read(name).splitlines()]

    assert json.loads(archive.read("workspace.json"))["slug"] == "payable"
    assert [member["username"] for member in lines("members.ndjson")] == ["admin"]
    assert [row["name"] for row in lines("tables/document.ndjson")] == ["secret-plan.txt"]
    assert {row["workspace_id"] for row in lines("tables/run.ndjson")} == {workspace}
    contents = [archive.read(name) for name in names if name.startswith("contents/")]
    assert b"The plan of the Orion project" in contents
    assert "ES9121000418450200051332" in archive.read("runs/facts.ndjson").decode()
    assert "digest" not in lines("tables/api_key.ndjson")[0]
    assert key.encode() not in answer.content
    log = tmp_path / "audit.ndjson"
    log.write_bytes(archive.read("audit.ndjson"))
    with log.open("rb") as file:
        verdicts = list(verify_export(file))
    assert [(verdict.chain, verdict.findings) for verdict in verdicts] == [(workspace, [])]


async def test_a_deleted_workspace_leaves_a_line_and_nothing_else(product, tmp_path):
    services, client = product
    workspace, key = await filled(client)
    neighbour = await client.get("/documents", headers={"x-workspace": "examples"})
    wrong = await client.post("/workspace/erase", json={"confirm": "Payable"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "confirmation_wrong")
    ordered = await client.post("/workspace/erase", json={"confirm": "payable"})
    assert (ordered.status_code, ordered.json()["erased_at"]) == (202, None)
    assert (await client.get("/documents")).json()["code"] == "not_a_member"
    robot = await client.get("/runs", headers={"authorization": f"Bearer {key}"})
    assert robot.status_code in {401, 403}
    del client.headers["x-workspace"]

    erased = await eventually(client)
    assert (erased["slug"], erased["asked_by"], erased["trouble"]) == ("payable", "admin", None)
    assert erased["rows"]["document"] == 1
    assert erased["rows"]["run"] >= 2
    left = await services.database.read(lambda work: held(work, UUID(workspace)), SYSTEM)
    assert left == {"workspace_erasure"}
    async with asyncio.timeout(30):  # what was under way is swept up after a while
        while await stored(services.blobs.shelf, workspace):  # noqa: ASYNC110 - a shelf tells nobody
            await asyncio.sleep(0.1)
    assert await services.engine.journal.shas_of(UUID(workspace).bytes) == []
    assert b"Orion" not in bytes_of(tmp_path / "app.db")
    assert (await client.get("/documents", headers={"x-workspace": "examples"})).json() == neighbour.json()
    again = await client.post("/workspaces", json={"name": "Payable", "slug": "payable"})
    assert again.status_code == 201
    logged = await client.get("/security/audit/logs", params={"scope": "installation", "type": "workspace.erased"})
    assert [entry["type"] for entry in logged.json()["items"]] == ["workspace.erased"]


async def test_only_an_owner_takes_everything_out_or_deletes_it(product):
    _, client = product
    made = {"username": "carla", "password": "marea baja junto al faro 9", "workspace": "examples", "role": "admin"}
    assert (await client.post("/admin/users", json=made)).status_code == 201
    token = (await client.post("/auth/login", json={name: made[name] for name in ("username", "password")})).json()[
        "access_token"
    ]
    carla = {"authorization": f"Bearer {token}", "x-workspace": "examples"}
    for path, body in (("/workspace/export", None), ("/workspace/erase", {"confirm": "examples"})):
        refused = await client.post(path, json=body, headers=carla)
        assert (refused.status_code, refused.json()["code"]) == (403, "owner_needed")
    needed = await client.post("/workspace/erase", json={"confirm": "default"})
    assert (needed.status_code, needed.json()["code"]) == (409, "workspace_needed")
