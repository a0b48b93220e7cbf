"""Who did what, when, from where: over HTTP, as an administrator, an editor and a stranger see it."""

from hashlib import sha256

import pytest

LOGS = "/security/audit/logs"
GREETING = {"workflow": "greet", "steps": [{"id": "text", "use": "text.template", "with": {"template": "Hi"}}]}


async def entries(world, **wanted):
    answer = await world.http.get(LOGS, params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_change_says_who_when_from_where_before_and_after(world):
    await world.http.post("/workflows", json={"definition": GREETING})
    answer = await world.http.post(
        "/workflows/workflow_1/status",
        json={"status": "active"},
        headers={"If-Match": "*", "X-Request-ID": "r-1"},
    )
    assert answer.status_code == 200, answer.text
    (entry,) = await entries(world, request_id="r-1")
    assert (entry["type"], entry["actor"], entry["outcome"]) == ("workflow.status_changed", "admin", "done")
    assert entry["changes"]["status"] == {"before": "draft", "after": "active"}
    assert entry["source"]["address"] == "192.0.2.7"
    assert entry["source"]["door"] == "api"
    assert entry["source"]["agent"] == sha256(b"tests").hexdigest()[:16]
    assert len(entry["source"]["session"]) == 36
    assert entry["sealed"] is False
    await world.services.audit.sealer.catch_up()
    (entry,) = await entries(world, request_id="r-1")
    assert entry["sealed"] is True
    chain = (await world.http.get("/security/audit/chain")).json()
    assert chain["sealed_until"] == entry["position"]
    assert chain["checkpoints"] == 1


async def test_secrets_are_masked_and_long_values_are_digests(world):
    await world.http.post("/workflows", json={"definition": GREETING})
    changed = GREETING | {"description": "x" * 500}
    await world.http.patch(
        "/workflows/workflow_1", json={"definition": changed}, headers={"If-Match": "*", "X-Request-ID": "r-2"}
    )
    (entry,) = [one for one in await entries(world, request_id="r-2") if one["type"] == "workflow.updated"]
    told = str(entry["changes"])
    assert "sha256:" in told
    assert "xxxx" not in told


async def test_filters(world):
    for name in ("one", "two", "three"):
        await world.http.post("/workflows", json={"definition": GREETING | {"workflow": name}})
    made = await entries(world, type="workflow.created")
    assert [entry["data"]["name"] for entry in made] == ["three", "two", "one"]
    second = made[1]
    assert [entry["type"] for entry in await entries(world, resource_id=second["resource_id"])] == ["workflow.created"]
    assert len(await entries(world, type="workflow.*")) == 3
    assert len(await entries(world, actor="admin", resource_kind="workflow")) == 3
    assert len(await entries(world, actor="nobody")) == 0
    assert [entry["data"]["name"] for entry in await entries(world, q="TWO")] == ["two"]
    assert len(await entries(world, type="workflow.created", after=second["at"])) == 2
    assert len(await entries(world, type="workflow.created", before=second["at"])) == 1
    assert len(await entries(world, outcome="done", resource_kind="workflow")) == 3
    assert len(await entries(world, outcome="failed")) == 0


async def test_pages_are_complete_whatever_one_page_looks_at(world):
    def many(work):
        for number in range(350):
            work.emit("note.kept" if number % 50 else "note.rare", "note", None, {"number": number})

    actor = await world.services.authenticate(world.http.headers["Authorization"].removeprefix("Bearer "), None)
    await world.services.database.write(many, actor)
    found, cursor, pages = [], "", 0
    while cursor is not None:
        wanted = {"type": "note.*", "q": "rare", "limit": 3} | ({"cursor": cursor} if cursor else {})
        answer = await world.http.get(LOGS, params=wanted)
        found += [entry["data"]["number"] for entry in answer.json()["items"]]
        cursor, pages = answer.json()["next_cursor"], pages + 1
    assert found == [300, 250, 200, 150, 100, 50, 0]
    assert pages >= 4
    counted = (await world.http.get(LOGS, params={"type": "note.rare", "total": True})).json()
    assert (counted["total"], counted["total_capped"]) == (7, False)


async def test_a_cursor_of_another_list_is_refused(world):
    await world.http.post("/workflows", json={"definition": GREETING})
    await world.http.post("/workflows", json={"definition": GREETING | {"workflow": "two"}})
    cursor = (await world.http.get(LOGS, params={"type": "workflow.created", "limit": 1})).json()["next_cursor"]
    answer = await world.http.get(LOGS, params={"type": "document.uploaded", "limit": 1, "cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_nobody_sees_another_workspace(world):
    await world.http.post("/workflows", json={"definition": GREETING})
    other = await world.http.post(
        "/auth/register", json={"username": "eve", "password": "a-long-passphrase-9"}, headers={"Authorization": ""}
    )
    theirs = {"Authorization": f"Bearer {other.json()['access_token']}"}
    seen = (await world.http.get(LOGS, headers=theirs)).json()["items"]
    assert {entry["type"] for entry in seen} == {"membership.added", "session.started"}
    answer = await world.http.get(LOGS, params={"scope": "installation"}, headers=theirs)
    assert (answer.status_code, answer.json()["code"]) == (403, "installation_only")
    ours = await entries(world, scope="installation", type="user.created")
    assert [entry["data"]["username"] for entry in ours] == ["eve", "admin"]


async def test_refusals_become_entries_and_floods_stay_small(world):
    for _ in range(3):
        await world.http.post("/auth/login", json={"username": "admin", "password": "wrong"})
    await world.http.post("/auth/login", json={"username": "hunter2-typed-here", "password": "wrong"})
    for _ in range(50):
        await world.http.get("/workflows", headers={"Authorization": "Bearer nonsense"})
    await world.services.audit.refusals.flush()

    (failed,) = await entries(world, type="session.sign_in_failed")
    assert (failed["outcome"], failed["actor"], failed["data"]["count"]) == ("failed", "anonymous", 3)
    assert failed["source"]["address"] == "192.0.2.7"
    assert failed["data"]["operation"] == "POST /api/v3/auth/login"

    (unknown,) = await entries(world, scope="installation", type="session.sign_in_failed")
    assert unknown["data"]["named"].startswith("sha256:")
    assert "hunter2" not in str(unknown)
    (flood,) = await entries(world, scope="installation", type="security.credentials_refused")
    assert (flood["data"]["count"], flood["outcome"]) == (50, "refused")


async def test_refusals_that_cannot_be_written_are_kept(world, monkeypatch):
    refusals = world.services.audit.refusals
    await world.http.get("/workflows", headers={"Authorization": "Bearer nonsense"})

    async def fail(*_):
        raise OSError("no database")

    with monkeypatch.context() as broken:
        broken.setattr(world.services.database, "write", fail)
        with pytest.raises(OSError, match="no database"):
            await refusals.flush()
    await refusals.flush()
    (entry,) = await entries(world, scope="installation", type="security.credentials_refused")
    assert entry["data"]["count"] == 1
