"""People who upload, delete and answer at the same moment, on both databases: each is heard or told why not."""

import asyncio
from collections import Counter

ASK = {"id": "ask", "use": "human.approval", "with": {"title": "Pay?", "assignees": ["anyone"]}}
RAW = {"content-type": "text/plain"}


async def _at_once(calls):
    return Counter(answer.status_code for answer in await asyncio.gather(*calls))


async def _upload(product, path="/documents", content=b"first", **headers):
    return await product.client.post(f"{path}?name=a.txt", content=content, headers=RAW | headers)


async def test_every_version_that_is_uploaded_is_kept(on_both):
    on_both.client.headers.pop("if-match")
    await _upload(on_both)
    told = await _at_once(_upload(on_both, "/documents/document_1/versions", f"{n}".encode()) for n in range(12))
    assert told == {201: 12}
    kept = (await on_both.get("/documents/document_1/versions"))["items"]
    assert [version["number"] for version in kept] == list(range(13, 0, -1))


async def test_of_versions_made_of_the_same_one_the_first_is_kept(on_both):
    etag = (await _upload(on_both)).headers["etag"]
    assert etag == '"1"'
    path = "/documents/document_1/versions"
    told = await _at_once(_upload(on_both, path, f"{n}".encode(), **{"if-match": etag}) for n in range(4))
    assert told == {201: 1, 412: 3}
    refused = await on_both.client.delete("/documents/document_1", headers={"if-match": etag})
    assert (refused.status_code, refused.json()["code"]) == (412, "document_changed")
    assert refused.headers["etag"] == '"2"'
    read = await on_both.client.get("/documents/document_1")
    assert read.headers["etag"] == '"2"'


async def test_a_document_is_deleted_once_and_not_by_chance(on_both):
    await _upload(on_both)
    del on_both.client.headers["if-match"]
    unsaid = await on_both.client.delete("/documents/document_1")
    assert (unsaid.status_code, unsaid.json()["code"]) == (428, "precondition_required")
    any_state = {"if-match": "*"}
    told = await _at_once(on_both.client.delete("/documents/document_1", headers=any_state) for _ in range(4))
    assert told == {204: 1, 404: 3}


async def test_one_answer_decides(on_both):
    workflow = await on_both.workflow("payment", [ASK])
    run = await on_both.start(workflow)
    found = await on_both.eventually("/approvals", lambda told: told["items"], run_id=(await _id(on_both, run)))
    path = f"/approvals/{found['items'][0]['handle']}"
    stale = await on_both.client.post(f"{path}/answer", json={"decision": "approve"}, headers={"if-match": '"old"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "approval_changed")
    etag = (await on_both.client.get(path)).headers["etag"]
    assert stale.headers["etag"] == etag
    answers = await asyncio.gather(
        *(
            on_both.client.post(f"{path}/answer", json={"decision": decision}, headers={"if-match": etag})
            for decision in ("approve", "reject") * 4
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 7}
    won = next(answer.json()["status"] for answer in answers if answer.status_code == 200)
    ended = await on_both.until(run, "succeeded", "rejected")
    assert ended["status"] == {"approved": "succeeded", "rejected": "rejected"}[won]


async def test_an_answer_with_a_key_is_told_again(on_both):
    workflow = await on_both.workflow("payment", [ASK])
    run = await on_both.start(workflow)
    found = await on_both.eventually("/approvals", lambda told: told["items"], run_id=(await _id(on_both, run)))
    path = f"/approvals/{found['items'][0]['handle']}/answer"
    keyed = {"idempotency-key": "mine"}
    first = await on_both.client.post(path, json={"decision": "approve"}, headers=keyed)
    again = await on_both.client.post(path, json={"decision": "approve"}, headers=keyed)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"


async def test_an_order_with_a_key_is_told_again_though_it_is_no_longer_possible(on_both):
    workflow = await on_both.workflow("payment", [ASK])
    run = await on_both.start(workflow)
    keyed = {"idempotency-key": "mine"}
    first = await on_both.client.post(f"/runs/{run}/cancel", headers=keyed)
    await on_both.until(run, "failed", "rejected", "cancelled")
    again = await on_both.client.post(f"/runs/{run}/cancel", headers=keyed)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["idempotency-replayed"] == "true"
    other = await on_both.client.post(f"/runs/{run}/cancel")
    assert (other.status_code, other.json()["code"]) == (409, "run_ended")


async def test_who_prefers_to_wait_is_told_the_end(on_both):
    step = {"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}
    workflow = await on_both.workflow("quick", [step])
    run = await on_both.run(workflow)
    waited = await on_both.client.post(f"/runs/{run['handle']}/restart", headers={"prefer": "wait=20"})
    assert (waited.status_code, waited.json()["status"]) == (200, "succeeded")
    assert waited.headers["preference-applied"] == "wait=20"
    short = await on_both.client.post(f"/runs/{run['handle']}/restart", headers={"prefer": "return=minimal"})
    assert (short.status_code, short.content) == (202, b"")
    assert short.headers["preference-applied"] == "return=minimal"
    assert short.headers["location"].startswith("/api/v3/runs/run_")


async def _id(product, run):
    return (await product.get(f"/runs/{run}"))["id"]
