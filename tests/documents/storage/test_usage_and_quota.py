"""What documents take is counted with every change, and nothing comes in beyond the quota."""

import asyncio

from store_place import a_place

from docchain.features.documents import StorageService

MIB = 1024 * 1024


async def usage(place):
    return (await place.client.get("/storage/usage")).json()


async def test_usage_follows_every_change(place):
    assert await usage(place) == {
        "bytes": 0,
        "documents": 0,
        "quota_bytes": None,
        "quota_documents": None,
        "compression": "zstd",
        "encryption": "aes-256-gcm",
        "store": (place.folder / "blobs").as_uri(),
    }
    first = (await place.upload(b"12345")).json()
    await place.upload(b"12345")  # again: another document, the same bytes on the disk
    await place.client.post(f"/documents/{first['handle']}/versions", params={"name": "b.txt"}, content=b"123")
    told = await usage(place)
    assert (told["bytes"], told["documents"]) == (13, 2)
    assert (await place.client.delete(f"/documents/{first['handle']}")).status_code == 204
    told = await usage(place)
    assert (told["bytes"], told["documents"]) == (13, 1)


async def test_what_steps_make_is_counted_and_counters_equal_a_recount(place):
    step = {"id": "a", "use": "document.render", "with": {"markdown": "# Hola", "to": "html"}}
    workflow = {"workflow": "letter", "steps": [step]}
    made = (await place.client.post("/workflows", json={"definition": workflow})).json()
    order = {"inputs": {}, "wait": 20}
    run = (await place.client.post(f"/workflows/{made['handle']}/execute", json=order)).json()
    assert run["status"] == "succeeded", run
    await place.services.journal.catch_up()
    told = await usage(place)
    assert told["documents"] == 1
    assert told["bytes"] > 0

    await place.services.database.write(lambda work: StorageService(work).recount(), await place.actor())
    assert await usage(place) == told


async def test_a_quota_of_bytes_is_kept_whatever_comes_at_once(place):
    answer = await place.client.put("/storage/quota", json={"quota_bytes": 10, "quota_documents": None})
    assert answer.json()["quota_bytes"] == 10
    answers = await asyncio.gather(*(place.upload(b"%04d" % number) for number in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 507, 507, 507, 507]
    refused = next(answer for answer in answers if answer.status_code == 507).json()
    assert refused["code"] == "storage_quota_exceeded"
    assert "larger quota" in refused["hint"]
    assert (await usage(place))["bytes"] == 8


async def test_too_much_is_refused_while_it_comes_and_leaves_nothing(place):
    await place.client.put("/storage/quota", json={"quota_bytes": 1000})
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 64 * MIB:
            sent += MIB
            yield bytes(MIB)

    answer = await place.client.post("/documents", params={"name": "a"}, content=endless())
    assert (answer.status_code, answer.json()["detail"]) == (507, "Only 1,000 bytes are left.")
    assert sent < 8 * MIB
    assert list((place.folder / "blobs").rglob("*.sealed")) == []


async def test_a_quota_of_documents_lets_versions_in(place):
    await place.client.put("/storage/quota", json={"quota_documents": 1})
    first = (await place.upload(b"1")).json()
    assert (await place.upload(b"2")).status_code == 507
    again = await place.client.post(f"/documents/{first['handle']}/versions", params={"name": "b"}, content=b"2")
    assert again.status_code == 201


async def test_the_installations_quota_holds_where_a_workspace_has_none(tmp_path):
    async with a_place(tmp_path, quota_bytes=5) as place:
        assert (await place.upload(b"123456")).status_code == 507
        await place.client.put("/storage/quota", json={"quota_bytes": 0})
        assert (await place.upload(b"123456")).status_code == 201
    async with a_place(tmp_path) as place:
        assert (await usage(place))["quota_bytes"] is None


async def test_a_workspace_chooses_how_its_content_is_compressed(place):
    data = b"Factura " * 10_000
    await place.client.put("/storage/quota", json={"compression": "none"})
    await place.upload(data)
    assert place.file_of(data).stat().st_size > len(data)
    await place.client.put("/storage/quota", json={"compression": "gzip"})
    await place.upload(data + b"!")
    assert place.file_of(data + b"!").stat().st_size < len(data) / 10
    assert (await usage(place))["compression"] == "gzip"
    assert (await place.events("storage.quota_changed"))[0] == {
        "quota_bytes": None,
        "quota_documents": None,
        "compression": "none",
    }
