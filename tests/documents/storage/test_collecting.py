"""Garbage goes, with a reason and an event; what a version, a run or anybody else names never does."""

from datetime import timedelta
from uuid import UUID

from docchain.features.documents.storage.collecting import Collector

WAITS = {
    "workflow": "waits",
    "inputs": {"seen": {"type": "string"}},
    "steps": [
        {"id": "note", "use": "value.set", "with": {"values": {"seen": "${inputs.seen}"}}},
        {"id": "pay", "use": "wait", "with": {"signal": "paid"}},
    ],
}


async def stored(place, data):
    actor = await place.actor()
    return await place.services.blobs.put(actor.workspace_id, data)


async def test_only_what_nothing_names_goes_and_each_verdict_says_why(place):
    document = (await place.upload(b"named")).json()
    for data in (b"named", b"orphan"):
        if data == b"orphan":
            await stored(place, data)
        place.make_old(data)
    young = await stored(place, b"young")

    told = await place.collect(dry_run=True)
    orphan = next(sha for sha, verdict in told.items() if not verdict.kept)
    assert told[orphan].reason == "nothing names it: no version, no run under way"
    assert told[document["current"]["sha256"]].reason == f"a version of document {document['id']} has this content"
    assert "everything stays 24 hours" in told[young.sha256].reason
    assert place.file_of(b"orphan").exists()
    assert await place.events("storage.blob_dropped") == []

    told = await place.collect(dry_run=False)
    assert [sha for sha, verdict in told.items() if not verdict.kept] == [orphan]
    assert list((place.folder / "blobs").rglob(f"{orphan}*")) == []
    (event,) = await place.events("storage.blob_dropped")
    assert (event["sha256"], event["reason"]) == (orphan, "nothing names it: no version, no run under way")
    assert (await place.client.get(f"/documents/{document['handle']}/content")).content == b"named"


async def test_versions_of_deleted_documents_keep_their_content(place):
    document = (await place.upload(b"gone")).json()
    await place.client.delete(f"/documents/{document['handle']}")
    sha = place.make_old(b"gone")
    assert (await place.collect(dry_run=False))[sha].kept


async def test_what_a_run_under_way_names_stays_until_it_has_ended(place):
    kept = await stored(place, b"made by a step")
    place.make_old(b"made by a step")
    workflow = (await place.client.post("/workflows", json={"definition": WAITS})).json()
    order = {"inputs": {"seen": kept.sha256}}
    run = (await place.client.post(f"/workflows/{workflow['handle']}/execute", json=order)).json()
    await place.services.engine.wait(run_id := UUID(run["id"]), 1)
    told = (await place.collect(dry_run=False))[kept.sha256]
    assert (told.kept, told.reason) == (True, f"run {run['handle']} is under way and names it")

    signal = {"step": "pay", "signal": "paid"}
    assert (await place.client.post(f"/runs/{run['handle']}/signal", json=signal)).is_success
    await place.services.engine.wait(run_id, 10)
    await place.services.journal.catch_up()
    assert not (await place.collect(dry_run=False))[kept.sha256].kept


async def test_whoever_else_has_a_say_is_asked(place):
    held = await stored(place, b"held")
    place.make_old(b"held")
    services = place.services
    collector = Collector(
        services.database,
        services.blobs,
        services.engine.journal,
        [lambda _work, shas: dict.fromkeys(shas, "a legal hold")],
        timedelta(hours=1),
    )
    verdicts = [told async for told in collector.collect(await place.actor(), dry_run=False)]
    assert [(told.sha256, told.kept, told.reason) for told in verdicts] == [(held.sha256, True, "a legal hold")]


async def test_what_is_stored_again_while_it_is_judged_stays(place):
    orphan = await stored(place, b"again")
    place.make_old(b"again")
    actor = await place.actor()
    services = place.services

    class Late:
        """Names nothing, but while it is asked the same content comes in again."""

        asked = 0

        def __call__(self, _work, _shas):
            Late.asked += 1
            if Late.asked == 2:
                place.file_of(b"again").touch()
            return {}

    collector = Collector(services.database, services.blobs, services.engine.journal, [Late()], timedelta(hours=1))
    (told,) = [told async for told in collector.collect(actor, dry_run=False)]
    assert (told.kept, told.reason) == (True, "it was stored again meanwhile")
    assert await services.blobs.get(actor.workspace_id, orphan.sha256) == b"again"
    assert len(await place.events("storage.blob_spared")) == 1


async def test_over_http_nothing_is_removed(place):
    await stored(place, b"orphan")
    sha = place.make_old(b"orphan")
    told = (await place.client.post("/storage/collect", json={})).json()
    assert (told["kept"], told["dropped"], [item["sha256"] for item in told["verdicts"]]) == (0, 1, [sha])
    assert place.file_of(b"orphan").exists()
