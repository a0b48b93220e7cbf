"""Everything moves to another store whole and compared, also when the move is killed on its way."""

import os
import signal
import subprocess
import sys

import pytest
from store_place import a_place

import object_servers
from docchain.features.documents.storage.moving import Ends, Mover
from docchain.platform.blobs import open_blobs
from docchain.platform.settings import StorageSettings


@pytest.fixture(scope="module")
def s3():
    with object_servers.s3_server() as url:
        yield url


def mover(place, url):
    own = StorageSettings(data_dir=place.folder)
    return Mover(place.services.database, Ends(open_blobs(own, ""), open_blobs(own, url), "here", "there"))


def docchain(folder, *arguments):
    variables = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
    return subprocess.Popen(  # noqa: S603 - the product itself
        [sys.executable, "-m", "docchain", "storage", *arguments],
        env=variables | {"DOCCHAIN_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def test_what_was_moved_is_served_from_there(tmp_path, s3):
    async with a_place(tmp_path, executing=False) as place:
        documents = [(await place.upload(b"%d" % number * 1000)).json() for number in range(20)]
        told = await mover(place, s3).move()
        assert (told.status, told.objects, told.problems) == ("done", 21, [])  # and the workspace's key
        assert (await mover(place, s3).move()).objects == 21  # another move compares all of it again
    (tmp_path / "blobs").rename(tmp_path / "gone")
    async with a_place(tmp_path, blob_url=s3) as place:
        for number, document in enumerate(documents):
            answer = await place.client.get(f"/documents/{document['handle']}/content")
            assert answer.content == b"%d" % number * 1000
        moves = (await place.client.get("/storage/moves")).json()["items"]
        assert [move["status"] for move in moves] == ["done", "done"]
        usage = (await place.client.get("/storage/usage")).json()
        assert usage["store"].startswith("s3://archive/docs")
        assert "secret_access_key" not in usage["store"]


async def test_a_damaged_blob_does_not_pass_for_moved(place, tmp_path):
    await place.upload(b"sound")
    await place.upload(b"damaged")
    place.damage(b"damaged", 130)
    told = await mover(place, (tmp_path / "other").as_uri()).move()
    assert told.status == "failed"
    assert ["chunk 1 of 1 was changed" in problem for problem in told.problems] == [True]


@pytest.mark.parametrize(
    ("there", "said"), [("file:///proc/nowhere", "/proc/nowhere"), ("s3://nobody?endpoint=http://127.0.0.1:9", "S3")]
)
async def test_where_nothing_can_be_kept_nothing_passes_for_moved(tmp_path, there, said):
    async with a_place(tmp_path, executing=False) as place:
        await place.upload(b"one")
    process = docchain(tmp_path, "move", "--to", there)
    out, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    assert said in out
    assert "Traceback" not in out
    assert ": done." not in out


async def test_what_came_in_after_a_move_comes_along_with_the_next(tmp_path):
    other = (tmp_path / "other").as_uri()
    async with a_place(tmp_path / "data", executing=False) as place:
        await place.upload(b"first")
        actor = await place.actor()
        assert (await mover(place, other).move()).status == "done"
        stored = await place.services.blobs.put(actor.workspace_id, b"late")
        told = await mover(place, other).move()
    assert (told.status, told.objects) == ("done", 3)
    there = open_blobs(StorageSettings(data_dir=place.folder), other)
    assert await there.get(actor.workspace_id, stored.sha256) == b"late"


async def test_a_killed_move_goes_on_where_it_was(tmp_path):
    folder, other = tmp_path / "data", tmp_path / "other"
    count = 400
    async with a_place(folder) as place:
        actor = await place.actor()
        for number in range(count):
            await place.services.blobs.put(actor.workspace_id, b"%d" % number)
    kills = 0
    for wanted in (40, 120, 250):
        process = docchain(folder, "move", "--to", other.as_uri())
        while process.poll() is None and len(list(other.rglob("*.sealed"))) < wanted:
            pass
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    assert kills >= 2
    process = docchain(folder, "move", "--to", other.as_uri())
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    assert ": done." in out
    assert len(list(other.rglob("*.sealed"))) == count
    there = open_blobs(StorageSettings(data_dir=folder), other.as_uri())
    names = [path.name.removesuffix(".sealed") for path in other.rglob("*.sealed")]
    assert {await there.get(actor.workspace_id, name) for name in names} == {b"%d" % n for n in range(count)}


async def test_verify_names_what_is_damaged_and_what_is_missing(place):
    for data in (b"sound", b"damaged", b"missing"):
        await place.upload(data)
    shas = {data: place.make_old(data) for data in (b"sound", b"damaged", b"missing")}
    place.file_of(b"missing").unlink()
    place.damage(b"damaged")
    told = (await place.client.post("/storage/verify", json={})).json()
    assert (told["checked"], told["next_cursor"]) == (3, None)
    assert {item["sha256"]: item["problem"] for item in told["damaged"]} == {
        shas[b"damaged"]: "its footer was changed, or its end is missing",
        shas[b"missing"]: "it is missing",
    }
    (event,) = await place.events("storage.damage_found")
    assert len(event["damaged"]) == 2
    answer = await place.client.get("/documents/document_2/content")
    assert (answer.status_code, answer.json()["code"]) == (500, "blob_damaged")
    assert shas[b"damaged"] in answer.json()["detail"]

    page = (await place.client.post("/storage/verify", json={"limit": 2})).json()
    rest = (await place.client.post("/storage/verify", json={"cursor": page["next_cursor"]})).json()
    assert (page["checked"], rest["checked"]) == (2, 1)


async def test_nobody_looks_after_storage_without_signing_in(place):
    calls = [("GET", "usage"), ("GET", "quota"), ("PUT", "quota"), ("POST", "verify"), ("GET", "moves")]
    for method, path in [*calls, ("POST", "collect")]:
        answer = await place.client.request(method, f"/storage/{path}", json={}, headers={"authorization": ""})
        assert answer.status_code == 401


async def test_a_damaged_copy_in_another_folder_is_replaced(place, tmp_path):
    await place.upload(b"sound" * 100_000)
    there = (tmp_path / "other").as_uri()
    assert (await mover(place, there).move()).status == "done"
    copy = next((tmp_path / "other").rglob("*.sealed"))
    copy.write_bytes(copy.read_bytes()[:-10])
    told = await mover(place, there).move()
    assert (told.status, told.problems) == ("done", [])
