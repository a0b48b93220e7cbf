"""One contract for every store: a folder, S3, Google Cloud's API, Azure, and a store in memory; real servers each."""

import asyncio
import hashlib
import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

import object_servers
from docchain.platform.blobs import BlobMissing, BlobTooLarge, Stored, open_blobs
from docchain.platform.settings import SettingsError, StorageSettings
from docchain.platform.storage.damage import BlobDamaged

OURS, THEIRS = UUID(int=1), UUID(int=2)
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
MIB = 1024 * 1024
LATER = timedelta(minutes=5)


@pytest.fixture(scope="module")
def s3():
    with object_servers.s3_server() as url:
        yield url


@pytest.fixture(scope="module")
def google():
    with object_servers.google_server() as url:
        yield url


@pytest.fixture(scope="module")
def azure(tmp_path_factory):
    if not object_servers.AZURITE.exists() and "CI" not in os.environ:
        pytest.skip(object_servers.HOW_TO_GET_AZURITE)
    with object_servers.azure_server(tmp_path_factory.mktemp("azurite")) as url:
        yield url


@pytest.fixture(params=["folder", "memory", "s3", "google", "azure"])
def url(request, tmp_path):
    if request.param == "folder":
        return (tmp_path / "store").as_uri()
    if request.param == "memory":
        return "memory:///"
    address, _, options = request.getfixturevalue(request.param).partition("?")
    return f"{address}/{tmp_path.name}?{options}"  # every test has a folder of its own


@pytest.fixture
def blobs(url, tmp_path):
    return open_blobs(StorageSettings(data_dir=tmp_path, blob_url=url))


@pytest.fixture
def plain(url, tmp_path):
    return open_blobs(StorageSettings(data_dir=tmp_path, blob_url=url, encryption="none", compression="none"))


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


async def drain(chunks):
    return b"".join([chunk async for chunk in chunks])


async def names(blobs, prefix, after=""):
    return [item.name async for item in blobs.shelf.items(prefix, after)]


async def test_content_is_named_by_its_hash_and_stored_once(blobs):
    assert await blobs.put_stream(OURS, stream(b"a", b"", b"bc")) == Stored(ABC, 3)
    assert await blobs.put(OURS, b"abc") == Stored(ABC, 3)
    assert await blobs.get(OURS, ABC) == b"abc"
    assert await blobs.exists(OURS, ABC)
    assert await names(blobs, str(OURS)) == [f"{OURS}/ba/{ABC}.sealed"]


async def test_another_workspace_does_not_have_it(blobs):
    await blobs.put(OURS, b"abc")
    assert not await blobs.exists(THEIRS, ABC)
    with pytest.raises(BlobMissing):
        await blobs.get(THEIRS, ABC)


@pytest.mark.parametrize("size", [0, 1, 300_000, 8 * MIB, 21 * MIB + 3])
async def test_every_size_comes_out_as_it_went_in_whole_and_in_part(blobs, size):
    data = os.urandom(size)
    stored = await blobs.put_stream(OURS, stream(*(data[at : at + 700_001] for at in range(0, size, 700_001))))
    assert stored == Stored(hashlib.sha256(data).hexdigest(), size)
    assert await blobs.get(OURS, stored.sha256) == data
    for start, end in [(0, 10), (size // 2, size // 2 + 400_000), (size - 5, None), (size, None)]:
        assert await drain(blobs.open(OURS, stored.sha256, max(start, 0), end)) == data[max(start, 0) : end]


async def test_plain_content_comes_out_too(plain):
    data = os.urandom(9 * MIB)
    stored = await plain.put(OURS, data)
    assert await plain.get(OURS, stored.sha256) == data
    assert await drain(plain.open(OURS, stored.sha256, 5 * MIB, 5 * MIB + 9)) == data[5 * MIB : 5 * MIB + 9]


@pytest.mark.parametrize("chunk", [b"x" * 9, b"x" * 11 * MIB])
async def test_a_broken_or_too_large_upload_leaves_nothing(blobs, chunk):
    async def broken():
        yield chunk
        raise ConnectionError("the client went away")

    with pytest.raises(ConnectionError):
        await blobs.put_stream(OURS, broken())
    with pytest.raises(BlobTooLarge):
        await blobs.put_stream(OURS, stream(chunk, chunk), limit=len(chunk) + 1)
    assert await names(blobs, str(OURS)) == []
    assert await names(blobs, "incoming") == []


async def test_names_come_in_order_and_behind_one_of_them(blobs):
    for number in range(30):
        await blobs.put(OURS, b"%d" % number)
    await blobs.put(THEIRS, b"x")
    listed = await names(blobs, str(OURS))
    assert len(listed) == 30
    assert listed == sorted(listed)
    assert await names(blobs, str(OURS), listed[11]) == listed[12:]
    assert await names(blobs, str(OURS), listed[-1]) == []


async def test_of_two_that_create_a_name_one_does(blobs):
    both = await asyncio.gather(*(blobs.shelf.create("keys/x/1", b"%d" % number) for number in range(2)))
    assert sorted(both) == [False, True]
    assert await blobs.shelf.part("keys/x/1", 0, 1) == b"%d" % both.index(True)
    await blobs.shelf.replace("keys/x/1", b"2!")
    assert await blobs.shelf.part("keys/x/1", 0, 2) == b"2!"


async def test_old_things_are_dropped_and_young_ones_stay(blobs):
    stored = await blobs.put(OURS, b"abc")
    name = f"{OURS}/ba/{ABC}.sealed"
    assert not await blobs.shelf.drop(name, datetime.now(UTC) - LATER)
    assert await blobs.exists(OURS, stored.sha256)
    assert await blobs.shelf.drop(name, datetime.now(UTC) + LATER)
    assert not await blobs.shelf.drop(name, datetime.now(UTC) + LATER)
    with pytest.raises(BlobMissing):
        await blobs.get(OURS, ABC)


async def test_a_flipped_byte_is_found_and_named(blobs):
    data = os.urandom(600_000)
    stored = await blobs.put(OURS, data)
    name, size = await blobs.stored_as(OURS, stored.sha256)
    kept = bytearray(await blobs.shelf.part(name, 0, size))
    kept[300_000] ^= 1
    await blobs.shelf.replace(name, bytes(kept))
    with pytest.raises(BlobDamaged, match=f"Blob {stored.sha256} .* chunk 2 of 3 was changed"):
        await blobs.get(OURS, stored.sha256)
    await blobs.put(OURS, data)  # who brings it again heals it
    assert await blobs.get(OURS, stored.sha256) == data


async def test_what_was_sealed_and_is_damaged_is_healed_by_plain_content(blobs, plain):
    stored = await blobs.put(OURS, b"x" * 600_000)
    name, size = await blobs.stored_as(OURS, stored.sha256)
    kept = bytearray(await blobs.shelf.part(name, 0, size))
    kept[-200] ^= 1
    await blobs.shelf.replace(name, bytes(kept))
    if (await names(plain, str(OURS))) == [name]:  # the store in memory is another one
        await plain.put(OURS, b"x" * 600_000)
        assert await plain.get(OURS, stored.sha256) == b"x" * 600_000
        assert await names(plain, str(OURS)) == [name.removesuffix(".sealed")]


async def test_a_store_that_can_sign_hands_plain_content_out_itself(plain, url):
    stored = await plain.put(OURS, b"abc")
    name, _ = await plain.stored_as(OURS, stored.sha256)
    signed = await plain.shelf.sign(name, timedelta(minutes=1))
    if not url.startswith(("s3", "az")):  # a folder has no addresses; the test's Google has no key to sign with
        assert signed is None
        return
    async with httpx.AsyncClient() as client:
        answer = await client.get(signed)
    assert (answer.status_code, answer.content) == (200, b"abc")


@pytest.mark.parametrize("wrong", ["s3://", "ftp://host/x", "az://account", "s3://bucket?no_such_option=1"])
def test_a_store_that_cannot_be_understood_is_refused_by_name(wrong, tmp_path):
    with pytest.raises(SettingsError, match="DOCCHAIN_BLOB_URL"):
        open_blobs(StorageSettings(data_dir=tmp_path, blob_url=wrong))


async def test_a_duplicate_is_read_only_where_it_stays(url, tmp_path):
    blobs = open_blobs(StorageSettings(data_dir=tmp_path, blob_url=url))
    data = os.urandom(9 * MIB)
    stored = await blobs.put(OURS, data)
    read = []
    blobs.shelf = Listening(blobs.shelf, read.append)
    assert await blobs.put(OURS, data) == stored
    assert read == ([f"{OURS}/{stored.sha256[:2]}/{stored.sha256}.sealed"] if url.startswith("file") else [])
    assert await blobs.get(OURS, stored.sha256) == data


class Listening:
    """The shelf it is made of; tells which names are read."""

    def __init__(self, shelf, told):
        self._shelf, self._told = shelf, told

    def __getattr__(self, name):
        return getattr(self._shelf, name)

    def read(self, name, start, end):
        self._told(name)
        return self._shelf.read(name, start, end)


async def test_content_that_is_stored_again_while_it_is_read_comes_out_whole(url, tmp_path):
    blobs = open_blobs(StorageSettings(data_dir=tmp_path, blob_url=url))
    data = os.urandom(9 * MIB)
    stored = await blobs.put(OURS, data)
    shelf = blobs.shelf
    opened = await blobs.look(OURS, stored.sha256, (await blobs.stored_as(OURS, stored.sha256))[1])
    await shelf.drop(f"{OURS}/{stored.sha256[:2]}/{stored.sha256}.sealed", datetime.now(UTC) + LATER)
    await blobs.put(OURS, data)
    looks = iter([opened])  # what a reader saw right before
    look = blobs.look

    async def looked(*what):
        return next(looks, None) or await look(*what)

    blobs.look = looked
    assert await blobs.get(OURS, stored.sha256) == data
    assert next(looks, None) is None
