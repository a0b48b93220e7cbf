"""What is deleted goes to the trash, and from there when its time has come; what is held or must be kept stays."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from docchain.features.documents.filing.catalogue import Catalogue
from docchain.features.documents.filing.retention import Sweeper
from docchain.features.documents.filing.retention_repository import held_runs
from docchain.features.documents.filing.schemas import TypeRequest
from docchain.platform.clock import SystemClock
from docchain.platform.errors import Denied


class Later:
    """A clock that is ahead."""

    def __init__(self, days):
        self._ahead = timedelta(days=days)

    def now(self):
        return SystemClock().now() + self._ahead


async def sweep_after(place, days):
    database, actor = place.services.database, await place.actor()  # now: later the session is over
    clock, database.clock = database.clock, Later(days)
    try:
        return await database.write(lambda work: Sweeper(work, 30).sweep(), actor)
    finally:
        database.clock = clock


async def plan(place):
    return (await place.client.get("/documents/retention")).json()["items"]


async def test_what_was_deleted_comes_back_from_the_trash(place):
    document = await place.upload(b"one", "uno.txt")
    await place.client.delete("/documents/document_1")
    assert (await place.listed(), await place.listed(deleted=True)) == ([], ["document_1"])
    assert (await place.client.get("/documents/document_1/content")).status_code == 404
    restored = (await place.client.post("/documents/document_1/restore")).json()
    assert (restored["deleted_at"], restored["status"], restored["id"]) == (None, "inbox", document["id"])
    assert (await place.client.get("/documents/document_1/content")).content == b"one"
    again = await place.client.post("/documents/document_1/restore")
    assert (again.status_code, again.json()["code"]) == (409, "document_not_in_trash")


async def test_the_trash_is_emptied_when_its_time_has_come_and_the_event_says_why(place):
    await place.upload(b"one", "uno.txt")
    await place.client.delete("/documents/document_1")
    assert await sweep_after(place, 29) == 0
    assert await sweep_after(place, 31) == 1
    (event,) = await place.events("document.purged")
    assert event == {
        "handle": "document_1",
        "name": "(erased)",
        "reason": "it has been in the trash for 31 days, and documents stay there 30",
        "versions": ["7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"],
    }
    assert await place.listed(deleted=True) == []
    usage = (await place.client.get("/storage/usage")).json()
    assert (usage["bytes"], usage["documents"]) == (0, 0)


async def test_what_is_held_stays_wherever_it_is(place):
    await place.upload(b"one", "uno.txt")
    await place.upload(b"two", "dos.txt")
    await place.client.delete("/documents/document_2")
    for document in ("document_1", "document_2"):
        held = await place.client.put(f"/documents/{document}/hold", json={"reason": "Case 7"})
        assert held.json()["hold"]["reason"] == "Case 7"
    refused = await place.client.delete("/documents/document_1")
    assert (refused.status_code, refused.json()["code"]) == (409, "document_held")
    assert (await place.client.post("/documents/document_2/purge")).json()["code"] == "document_held"
    assert await sweep_after(place, 400) == 0
    assert (await place.listed(held=True), await place.listed(deleted=True)) == (["document_1"], ["document_2"])
    assert (await place.client.delete("/documents/document_1/hold")).json()["hold"] is None
    assert (await place.client.delete("/documents/document_1")).status_code == 204
    assert [event["reason"] for event in await place.events("document.held")] == ["Case 7", "Case 7"]
    assert (await place.events("document.released"))[0]["reason"] == "Case 7"


async def test_a_type_says_how_long_its_documents_are_kept(place):
    retention = {"keep_days": 100, "delete_after_days": 200, "trash_days": 5}
    await place.client.post("/documents/types", json={"name": "Contract", "retention": retention})
    await place.upload(b"one", "uno.txt")
    await place.filed(type="contract")
    refused = await place.client.delete("/documents/document_1")
    assert (refused.status_code, refused.json()["code"]) == (409, "document_kept")
    told = await place.ordered(action="delete", documents=["document_1"])
    assert told["items"][0]["error"]["code"] == "document_kept"
    assert await sweep_after(place, 199) == 0
    assert await sweep_after(place, 201) == 1
    assert (await place.events("document.deleted"))[0][
        "reason"
    ] == "documents of type Contract go to the trash after 200 days"
    assert await sweep_after(place, 203) == 0
    assert await sweep_after(place, 207) == 1


async def test_what_a_sweep_would_do_is_told_before(place):
    await place.client.post("/documents/types", json={"name": "Note", "retention": {"delete_after_days": 0}})
    await place.upload(b"one", "uno.txt")
    await place.upload(b"two", "dos.txt")
    await place.ordered(action="update", filter={}, all=True, changes={"type": "Note"})
    await place.client.put("/documents/document_2/hold", json={"reason": "Case 7"})
    assert await plan(place) == [
        {
            "document": "document_1",
            "name": "uno.txt",
            "act": "trash",
            "reason": "documents of type Note go to the trash after 0 days",
        },
        {"document": "document_2", "name": "dos.txt", "act": "keep", "reason": "it is under legal hold: Case 7"},
    ]
    assert sorted(await place.listed()) == ["document_1", "document_2"]


async def test_purged_content_is_garbage_unless_another_document_has_it(place):
    await place.upload(b"one", "uno.txt")
    await place.upload(b"one", "copy.txt")
    await place.client.delete("/documents/document_1")
    assert (await place.client.post("/documents/document_1/purge")).status_code == 204
    assert (await place.client.get("/documents/document_2/content")).content == b"one"
    assert (await place.client.post("/documents/document_2/purge")).json()["code"] == "document_not_in_trash"


WORKFLOW = """
workflow: greet
inputs:
  document: {type: document}
steps:
  - id: hello
    use: text.template
    with: {template: "Hello", data: {}}
"""


async def test_runs_that_name_a_held_document_keep_their_payload(place):
    document = await place.upload(b"one", "uno.txt")
    answer = await place.client.post(
        "/workflows/import", content=WORKFLOW.encode(), headers={"content-type": "application/yaml"}
    )
    assert answer.is_success, answer.text
    ran = await place.client.post(
        "/workflows/workflow_1/execute", json={"parameters": {"document": document["handle"]}, "wait": 30}
    )
    assert ran.is_success, ran.text
    run_id = (await place.client.get("/runs/run_1")).json()["id"]
    await place.services.journal.catch_up()

    async def held():
        from uuid import UUID  # noqa: PLC0415 - only here

        return await place.services.database.read(
            lambda work: [str(found) for found in held_runs(work, [UUID(run_id)])], await place.actor()
        )

    assert await held() == []
    await place.client.put("/documents/document_1/hold", json={"reason": "Case 7"})
    assert await held() == [run_id]


async def test_holds_of_another_workspace_are_none_of_ours(place):
    document = await place.upload(b"one")
    async with place.stranger() as eve:
        for reference in (document["id"], "document_1"):
            assert (await eve.put(f"/documents/{reference}/hold", json={"reason": "x"})).status_code == 404
            assert (await eve.post(f"/documents/{reference}/restore")).status_code == 404
            assert (await eve.post(f"/documents/{reference}/purge")).status_code == 404
        assert (await eve.get("/documents/retention")).json()["items"] == []


async def test_what_was_promised_once_holds_without_the_type(place):
    await place.client.post("/documents/types", json={"name": "Contract", "retention": {"keep_days": 100}})
    await place.client.post("/documents/types", json={"name": "Draft", "retention": {"keep_days": 1}})
    await place.upload(b"one", "uno.txt")
    await place.filed(type="contract")
    await place.filed(type="draft")
    await place.filed(type=None)

    refused = await place.client.delete("/documents/document_1")
    told = await place.ordered(action="delete", documents=["document_1"])

    assert (refused.status_code, refused.json()["code"]) == (409, "document_kept")
    assert told["items"][0]["error"]["code"] == "document_kept"


async def test_a_type_that_is_kept_shorter_now_shortens_no_promise(place):
    made = await place.client.post("/documents/types", json={"name": "Contract", "retention": {"keep_days": 100}})
    await place.upload(b"one", "uno.txt")
    await place.filed(type="contract")
    lowered = {"name": "Contract", "retention": {"keep_days": 0, "delete_after_days": 1, "trash_days": 0}}
    await place.client.put("/documents/types/contract", json=lowered, headers={"if-match": made.headers["etag"]})

    assert (await place.client.delete("/documents/document_1")).json()["code"] == "document_kept"
    assert await sweep_after(place, 99) == 0
    assert await sweep_after(place, 101) == 1
    told = (await place.events("document_type.updated"))[-1]["retention"]
    assert (told["from"]["keep_days"], told["to"]["keep_days"]) == (100, 0)


async def test_only_administrators_say_how_long_documents_are_kept(place):
    await place.client.post("/documents/types", json={"name": "Contract", "retention": {"keep_days": 100}})
    admin = await place.actor()
    reviewer = replace(admin, permissions=frozenset({"documents:read", "documents:write"}))

    def change(wanted, name="contract"):
        return place.services.database.write(
            lambda work: Catalogue(work, "type").replace(name, TypeRequest.model_validate(wanted)).revision, reviewer
        )

    with pytest.raises(Denied, match="administrator"):
        await change({"name": "Contract", "retention": {"keep_days": 0}})
    assert await change({"name": "Agreement", "retention": {"keep_days": 100}}) == 2


async def test_a_promise_is_shown_and_an_administrator_releases_it(place):
    await place.client.post("/documents/types", json={"name": "Contract", "retention": {"keep_days": 100}})
    made = await place.upload(b"one", "uno.txt")
    until = (datetime.fromisoformat(made["created_at"]) + timedelta(days=100)).isoformat().replace("+00:00", "Z")
    assert made["keep_until"] is None
    assert (await place.filed(type="contract"))["keep_until"] == until
    path = "/documents/document_1/retention/release"
    assert (await place.filed(type=None))["keep_until"] == until
    (listed,) = (await place.client.get("/documents")).json()["items"]
    assert listed["keep_until"] == until
    kept = (await place.client.delete("/documents/document_1")).json()
    assert (kept["code"], path in kept["hint"]) == ("document_kept", True)

    assert (await place.client.post(path, json={"reason": " "})).status_code == 422
    released = await place.client.post(path, json={"reason": "Filed by mistake"})

    assert (released.status_code, released.json()["keep_until"]) == (200, None)
    (event,) = await place.events("document.retention_released")
    assert (event["handle"], event["reason"], event["keep_until"][:10]) == (
        "document_1",
        "Filed by mistake",
        until[:10],
    )
    again = await place.client.post(path, json={"reason": "Filed by mistake"})
    assert (again.status_code, again.json()["code"]) == (409, "document_not_promised")
    assert (await place.client.delete("/documents/document_1")).status_code == 204


async def test_what_a_documents_own_type_says_is_not_released(place):
    await place.client.post("/documents/types", json={"name": "Contract", "retention": {"keep_days": 100}})
    await place.upload(b"one", "uno.txt")
    await place.filed(type="contract")
    path = "/documents/document_1/retention/release"
    released = await place.client.post(path, json={"reason": "We want to"})
    assert released.json()["keep_until"] is not None
    assert (await place.client.delete("/documents/document_1")).json()["code"] == "document_kept"
    async with place.stranger() as stranger:
        assert (await stranger.post(path, json={"reason": "Let me"})).status_code == 404
