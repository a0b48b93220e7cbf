"""The same sums and refusals on PostgreSQL, where transactions of a workspace run at once."""

import asyncio

from store_place import a_place


async def test_a_quota_holds_whatever_comes_at_once(tmp_path, postgres_url):
    async with a_place(tmp_path, database_url=postgres_url) as place:
        assert (await place.client.put("/storage/quota", json={"quota_bytes": 10})).status_code == 200
        answers = await asyncio.gather(*(place.upload(b"%04d" % number) for number in range(8)))
        assert sorted(answer.status_code for answer in answers) == [201, 201, *[507] * 6]
        usage = (await place.client.get("/storage/usage")).json()
        assert (usage["bytes"], usage["documents"]) == (8, 2)


async def test_garbage_goes_there_too(tmp_path, postgres_url):
    async with a_place(tmp_path, database_url=postgres_url) as place:
        document = (await place.upload(b"named")).json()
        stored = await place.services.blobs.put((await place.actor()).workspace_id, b"orphan")
        for data in (b"named", b"orphan"):
            place.make_old(data)
        told = await place.collect(dry_run=False)
        assert {sha: verdict.kept for sha, verdict in told.items()} == {
            document["current"]["sha256"]: True,
            stored.sha256: False,
        }
