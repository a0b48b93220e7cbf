"""What is stored is compressed and encrypted, comes out as it went in, whole or in part, and shows every change."""

import asyncio
import gzip
import os
import random
import tracemalloc
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from docchain.platform.blobs import BlobMissing, open_blobs
from docchain.platform.local_blobs import LocalBlobs
from docchain.platform.settings import SettingsError, StorageSettings
from docchain.platform.storage.damage import BlobDamaged, MasterKeyMissing, MasterKeyOutdated, WorkspaceKeyMissing

OURS, THEIRS = UUID(int=1), UUID(int=2)
CHUNK = 256 * 1024
TEXT = b"".join(b"Factura 2026-%06d, importe %d,56 EUR\n" % (number, number * 7919 % 9973) for number in range(30_000))
CODECS = ["none", "gzip", "zip", "lz4", "zstd"]


@pytest.fixture
def opened(tmp_path):
    def opened(**chosen):
        return open_blobs(StorageSettings(data_dir=tmp_path, **chosen))

    return opened


async def drain(chunks):
    return b"".join([chunk async for chunk in chunks])


def file_of(tmp_path, stored):
    return next((tmp_path / "blobs").rglob(f"{stored.sha256}*"))


@pytest.mark.parametrize("encryption", ["aes-256-gcm", "none"])
@pytest.mark.parametrize("codec", CODECS)
async def test_what_goes_in_comes_out_whole_and_in_part(opened, codec, encryption):
    blobs = opened(compression=codec, encryption=encryption)
    stored = await blobs.put(OURS, TEXT)
    again = opened(compression="none", encryption="none")  # read by what the blob says, not by the settings
    assert await again.get(OURS, stored.sha256) == TEXT
    chance = random.Random(5)  # noqa: S311 - repeatable
    places = [chance.randrange(len(TEXT)) for _ in range(40)] + [0, CHUNK - 1, CHUNK, CHUNK + 1, len(TEXT) - 1]
    for start in places:
        end = start + chance.choice([0, 1, 100, CHUNK, 3 * CHUNK])
        assert await drain(again.open(OURS, stored.sha256, start, end)) == TEXT[start:end]
    assert await drain(again.open(OURS, stored.sha256, len(TEXT))) == b""


async def test_what_compresses_to_nothing_is_read_in_flat_memory(opened):
    async def zeros():
        for _ in range(64):
            yield bytes(2**20)

    stored = await opened().put_stream(OURS, zeros())
    blobs = opened()
    tracemalloc.start()
    try:
        size = sum([len(chunk) async for chunk in blobs.open(OURS, stored.sha256)])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == 64 * 2**20
    assert peak < 8 * 2**20


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK, 5 * CHUNK + 7])
async def test_every_size_comes_out_as_it_went_in(opened, size):
    data = os.urandom(size)
    stored = await opened().put(OURS, data)
    assert stored.size == size
    assert await opened().get(OURS, stored.sha256) == data


@pytest.mark.parametrize(("codec", "most"), [("gzip", 0.35), ("zip", 0.35), ("lz4", 0.6), ("zstd", 0.35)])
async def test_text_takes_less_room(opened, tmp_path, codec, most):
    stored = await opened(compression=codec).put(OURS, TEXT)
    assert file_of(tmp_path, stored).stat().st_size < most * len(TEXT)


async def test_what_is_compressed_already_is_left_as_it_is(opened):
    blobs = opened(compression="zstd")
    stored = await blobs.put(OURS, gzip.compress(os.urandom(CHUNK)) + bytes(CHUNK))
    _, size = await blobs.stored_as(OURS, stored.sha256)
    assert size > 2 * CHUNK
    assert (await blobs.look(OURS, stored.sha256, size)).codec.name == "none"


async def test_nothing_of_the_content_is_on_the_disk(opened, tmp_path):
    stored = await opened(compression="none").put(OURS, TEXT)
    kept = file_of(tmp_path, stored).read_bytes()
    assert b"Factura" not in kept
    assert stored.sha256.encode() not in kept


@pytest.mark.parametrize("encryption", ["aes-256-gcm", "none"])
async def test_a_flipped_byte_anywhere_is_found_and_named(opened, tmp_path, encryption):
    blobs = opened(compression="zstd", encryption=encryption)
    stored = await blobs.put(OURS, TEXT)
    path = file_of(tmp_path, stored)
    whole = path.read_bytes()
    ends = [(await blobs.look(OURS, stored.sha256, len(whole))).place_of(range(n))[1] for n in range(1, 6)]
    chance = random.Random(7)  # noqa: S311 - repeatable
    places = [*range(128), *ends, *(end - 1 for end in ends), *range(len(whole) - 100, len(whole))]
    for place in [*places, *(chance.randrange(len(whole)) for _ in range(150))]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BlobDamaged, match=stored.sha256) as found:
            await blobs.get(OURS, stored.sha256)
        if 128 <= place < ends[-1]:
            chunk = next(number for number, end in enumerate(ends, 1) if place < end)
            assert f"chunk {chunk} of 5 was changed" in found.value.detail


async def test_no_byte_of_a_damaged_chunk_is_handed_out(opened, tmp_path):
    blobs = opened(compression="none")
    data = os.urandom(3 * CHUNK)
    stored = await blobs.put(OURS, data)
    path = file_of(tmp_path, stored)
    kept = bytearray(path.read_bytes())
    kept[128 + CHUNK + 16 + CHUNK - 1] ^= 1  # the last byte of the second chunk
    path.write_bytes(kept)
    assert await drain(blobs.open(OURS, stored.sha256, 0, CHUNK)) == data[:CHUNK]
    assert await drain(blobs.open(OURS, stored.sha256, 2 * CHUNK)) == data[2 * CHUNK :]
    with pytest.raises(BlobDamaged, match="chunk 2 of 3"):
        await anext(blobs.open(OURS, stored.sha256, CHUNK, 2 * CHUNK))


@pytest.mark.parametrize("left", [0, 1, 127, 128, 200, -1, -17, -CHUNK])
async def test_a_blob_that_was_cut_is_damaged(opened, tmp_path, left):
    blobs = opened(compression="none")
    stored = await blobs.put(OURS, os.urandom(2 * CHUNK))
    path = file_of(tmp_path, stored)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(BlobDamaged):
        await blobs.get(OURS, stored.sha256)


async def test_one_blob_cannot_stand_for_another(opened, tmp_path):
    blobs = opened()
    one, other = await blobs.put(OURS, b"one"), await blobs.put(OURS, b"other")
    file_of(tmp_path, other).write_bytes(file_of(tmp_path, one).read_bytes())
    with pytest.raises(BlobDamaged, match=f"it holds the content {one.sha256}"):
        await blobs.get(OURS, other.sha256)


async def test_one_workspace_cannot_read_what_was_copied_from_another(opened, tmp_path):
    blobs = opened()
    stored = await blobs.put(OURS, b"one")
    await blobs.put(THEIRS, b"two")
    ours = file_of(tmp_path, stored)
    theirs = tmp_path / "blobs" / str(THEIRS) / ours.parent.name / ours.name
    theirs.parent.mkdir(parents=True, exist_ok=True)
    theirs.write_bytes(ours.read_bytes())
    with pytest.raises(BlobDamaged, match="the key in its header"):
        await blobs.get(THEIRS, stored.sha256)


async def test_blobs_of_earlier_releases_stay_readable_and_show_changes(opened, tmp_path):
    stored = await LocalBlobs(tmp_path / "blobs").put(OURS, TEXT)
    blobs = opened()
    assert await blobs.get(OURS, stored.sha256) == TEXT
    assert await drain(blobs.open(OURS, stored.sha256, 5, 9)) == TEXT[5:9]
    path = file_of(tmp_path, stored)
    path.write_bytes(b"f" + TEXT[1:])
    with pytest.raises(BlobDamaged, match="stored plain"):
        await blobs.get(OURS, stored.sha256)


async def test_a_key_is_made_once_and_only_for_us(opened, tmp_path):
    stored = await opened().put(OURS, TEXT)
    key = tmp_path / "encryption.key"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_text()
    assert await opened().get(OURS, stored.sha256) == TEXT
    assert key.read_text() == before
    key.write_text("x" * 48)
    with pytest.raises(MasterKeyMissing, match="is not set"):
        await opened().get(OURS, stored.sha256)


async def test_a_short_key_is_refused(opened):
    with pytest.raises(SettingsError, match="at least 32 characters"):
        await opened(encryption_key="short").put(OURS, b"x")


async def test_rotation_wraps_keys_only_and_everything_stays_readable(opened, tmp_path):
    first, second = "first" * 8, "second" * 8
    blobs = opened(encryption_key=first)
    old = await blobs.put(OURS, TEXT)
    kept = file_of(tmp_path, old).read_bytes()

    rotated = opened(encryption_key=second, encryption_old_keys=[first])
    assert await rotated.keyring.rewrap(OURS) == 1
    assert await rotated.keyring.rewrap(OURS) == 0
    assert await rotated.keyring.rotate(OURS) == 2
    new = await rotated.put(OURS, b"new")

    after = opened(encryption_key=second)  # without the first one
    assert await after.get(OURS, old.sha256) == TEXT
    assert await after.get(OURS, new.sha256) == b"new"
    assert file_of(tmp_path, old).read_bytes() == kept
    with pytest.raises(MasterKeyMissing):
        await opened(encryption_key=first).get(OURS, old.sha256)


async def test_a_process_with_the_key_before_the_rotation_makes_no_more_keys(opened):
    first, second = "first" * 8, "second" * 8
    running = opened(encryption_key=first)
    stored = await running.put(OURS, TEXT)
    rotated = opened(encryption_key=second, encryption_old_keys=[first])
    await rotated.keyring.master_changed()
    await rotated.keyring.rewrap(OURS)
    with pytest.raises(MasterKeyOutdated, match="wrapped under a newer master key"):
        await running.put(THEIRS, TEXT)
    assert await running.get(OURS, stored.sha256) == TEXT
    assert await rotated.keyring.workspaces() == [OURS]
    assert await rotated.put(THEIRS, TEXT) == stored


async def test_a_lost_workspace_key_is_named(opened, tmp_path):
    stored = await opened().put(OURS, b"x")
    (tmp_path / "blobs" / "keys" / str(OURS) / "00000001").unlink()
    with pytest.raises(WorkspaceKeyMissing, match=f"Key 1 of workspace {OURS}"):
        await opened().get(OURS, stored.sha256)


async def test_what_a_crash_left_aside_goes_back(opened, tmp_path, monkeypatch):
    stored = await opened().put(OURS, b"x")
    path = file_of(tmp_path, stored)
    aside = tmp_path / "blobs" / "dropped" / path.relative_to(tmp_path / "blobs").as_posix().replace("/", "~")
    aside.parent.mkdir()
    path.rename(aside)
    with pytest.raises(BlobMissing):
        await opened().get(OURS, stored.sha256)
    monkeypatch.setattr("docchain.platform.local_blobs._LEFT_AFTER", -1)
    assert await opened().get(OURS, stored.sha256) == b"x"


async def test_a_write_that_nobody_waits_for_any_more_leaves_nothing(opened, tmp_path):
    for turns in range(10):
        arrival = opened().shelf.arrive()
        writing = asyncio.create_task(arrival.write(bytes(2**25)))
        for _ in range(turns):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.wait([writing])
        await arrival.discard()
    await asyncio.get_running_loop().shutdown_default_executor()  # every thread has ended
    assert [path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


async def test_what_was_stored_again_is_not_dropped(opened):
    blobs = opened()
    stored = await blobs.put(OURS, b"x")
    name, _ = await blobs.stored_as(OURS, stored.sha256)
    moment = datetime.now(UTC)
    await blobs.put(OURS, b"x")
    assert not await blobs.shelf.drop(name, moment)
    assert await blobs.get(OURS, stored.sha256) == b"x"
    assert await blobs.shelf.drop(name, datetime.now(UTC) + timedelta(seconds=5))
    with pytest.raises(BlobMissing):
        await blobs.get(OURS, stored.sha256)
