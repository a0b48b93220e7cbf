"""Rules over HTTP: what matches often enough within the window raises an alert, once."""

import pytest

AUDIT = "/security/audit"
RULE = {"name": "Guessing", "severity": "high", "match": {"types": ["session.*"], "outcome": "failed"}, "threshold": 3}
WRONG = {"username": "admin", "password": "wrong"}


async def guess(world, times):
    for _ in range(times):
        await world.http.post("/auth/login", json=WRONG)
    await world.services.audit.refusals.flush()
    await world.services.audit.watcher.catch_up()


async def alerts(world):
    return (await world.http.get(f"{AUDIT}/alerts")).json()["items"]


async def test_a_rule_raises_an_alert_that_streams_deliver_and_somebody_acknowledges(world):
    made = await world.http.post(f"{AUDIT}/rules", json=RULE)
    assert (made.status_code, made.json()["handle"]) == (201, "rule_1")
    await world.http.post(f"{AUDIT}/streams", json={"name": "s", "kind": "file", "target": "log", "types": ["alert.*"]})
    await guess(world, 2)
    assert await alerts(world) == []
    await guess(world, 1)
    (alert,) = await alerts(world)
    assert (alert["handle"], alert["rule"], alert["severity"], len(alert["entries"])) == (
        "alert_1",
        "Guessing",
        "high",
        2,
    )
    await guess(world, 1)
    assert len(await alerts(world)) == 1

    await world.services.audit.streamer.catch_up()
    (file,) = (world.settings.storage.data_dir / "audit-streams").glob("*/log.jsonl")
    assert '"type":"alert.raised"' in file.read_text()

    done = (await world.http.post(f"{AUDIT}/alerts/alert_1/acknowledge")).json()
    assert done["acknowledged_by"] == "admin"
    again = (await world.http.post(f"{AUDIT}/alerts/alert_1/acknowledge")).json()
    assert again["acknowledged_at"] == done["acknowledged_at"]


@pytest.mark.parametrize(
    ("match", "raised"),
    [
        ({"types": ["workflow.created"]}, 1),
        ({"actors": ["admin"], "resource_kinds": ["workflow"]}, 1),
        ({"actors": ["nobody"]}, 0),
        ({"types": ["workflow.created"], "outcome": "failed"}, 0),
    ],
)
async def test_what_matches(world, match, raised):
    definition = {"workflow": "a", "steps": [{"id": "t", "use": "text.template", "with": {"template": "Hi"}}]}
    await world.http.post("/workflows", json={"definition": definition})
    await world.http.post(f"{AUDIT}/rules", json={"name": "r", "match": match, "threshold": 1})
    await world.services.audit.watcher.catch_up()
    before = len(await alerts(world))
    await world.http.post("/workflows", json={"definition": definition | {"workflow": "b"}})
    await world.services.audit.watcher.catch_up()
    assert (before, len(await alerts(world))) == (0, raised)


async def test_names_that_nobody_has_are_seen_by_the_first_workspace_only(world):
    await world.http.post(f"{AUDIT}/rules", json=RULE | {"threshold": 2})
    signed = await world.http.post(
        "/auth/register", json={"username": "eve", "password": "a-long-passphrase-9"}, headers={"Authorization": ""}
    )
    theirs = {"Authorization": f"Bearer {signed.json()['access_token']}"}
    await world.http.post(f"{AUDIT}/rules", json=RULE | {"threshold": 2}, headers=theirs)
    for name in ("nobody-1", "nobody-2"):
        await world.http.post("/auth/login", json={"username": name, "password": "wrong"})
    await world.services.audit.refusals.flush()
    await world.services.audit.watcher.catch_up()
    assert len(await alerts(world)) == 1
    assert (await world.http.get(f"{AUDIT}/alerts", headers=theirs)).json()["items"] == []


async def test_a_rule_that_is_gone_raises_nothing(world):
    await world.http.post(f"{AUDIT}/rules", json=RULE | {"threshold": 1})
    assert (await world.http.delete(f"{AUDIT}/rules/rule_1")).status_code == 204
    await guess(world, 2)
    assert await alerts(world) == []
    gone = await world.http.delete(f"{AUDIT}/rules/rule_1")
    assert (gone.status_code, gone.json()["code"]) == (404, "audit_rule_not_found")


async def test_a_webhook_tells_its_key_once(world):
    body = {"name": "w", "kind": "webhook", "target": "https://siem.example.com/hook"}
    made = (await world.http.post(f"{AUDIT}/streams", json=body)).json()
    assert made["signing_key"].startswith("whsec_")
    (listed,) = (await world.http.get(f"{AUDIT}/streams")).json()["items"]
    assert listed.get("signing_key") is None
    assert (await world.http.delete(f"{AUDIT}/streams/stream_1")).status_code == 204
    assert (await world.http.get(f"{AUDIT}/streams")).json()["items"] == []
