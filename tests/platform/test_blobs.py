"""Bytes go in as a stream, come out as they were, and belong to one workspace."""

import hashlib
import os
import subprocess
import sys
import tracemalloc
from uuid import UUID

import pytest
from obstore.store import MemoryStore

from docchain.platform.blobs import BlobMissing, BlobTooLarge, Stored, open_blobs
from docchain.platform.ids import new_id
from docchain.platform.local_blobs import LocalBlobs
from docchain.platform.object_blobs import ObjectBlobs
from docchain.platform.settings import StorageSettings

HERS, HIS = UUID(int=1), UUID(int=2)
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture(params=["folder", "object store"])
def blobs(request, tmp_path):
    return LocalBlobs(tmp_path / "blobs") if request.param == "folder" else ObjectBlobs(MemoryStore())


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


async def drain(chunks):
    return b"".join([chunk async for chunk in chunks])


async def test_content_is_named_by_its_hash(blobs):
    assert await blobs.put_stream(HERS, stream(b"a", b"", b"bc")) == Stored(ABC, 3)
    assert await blobs.put(HERS, b"abc") == Stored(ABC, 3)
    assert await blobs.get(HERS, ABC) == b"abc"
    assert await blobs.exists(HERS, ABC)


async def test_nothing_at_all_can_be_stored_too(blobs):
    assert await blobs.put(HERS, b"") == Stored(EMPTY, 0)
    assert await blobs.get(HERS, EMPTY) == b""


async def test_another_workspace_does_not_have_it(blobs):
    await blobs.put(HERS, b"abc")
    assert not await blobs.exists(HIS, ABC)
    with pytest.raises(BlobMissing):
        await blobs.get(HIS, ABC)


@pytest.mark.parametrize("name", ["", "abc", "../../etc/passwd", ABC.upper(), ABC + "/..", "." * 64])
async def test_only_a_hash_is_a_name(blobs, name):
    with pytest.raises(BlobMissing):
        await blobs.get(HERS, name)
    with pytest.raises(BlobMissing):
        await blobs.exists(HERS, name)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, None, b"0123456789"), (3, 6, b"345"), (8, 99, b"89"), (10, None, b""), (4, 4, b""), (99, None, b"")],
)
async def test_a_part_can_be_read(blobs, start, end, expected):
    stored = await blobs.put(HERS, b"0123456789")
    assert await drain(blobs.open(HERS, stored.sha256, start, end)) == expected


async def test_too_much_is_refused_and_leaves_nothing(blobs, tmp_path):
    with pytest.raises(BlobTooLarge, match="larger than 5 bytes"):
        await blobs.put_stream(HERS, stream(b"abc", b"def", b"ghi"), limit=5)
    assert await blobs.put_stream(HERS, stream(b"abc", b"de"), limit=5) == Stored(
        hashlib.sha256(b"abcde").hexdigest(), 5
    )
    assert list(tmp_path.rglob("incoming/*")) == []


async def test_a_broken_upload_leaves_nothing(blobs, tmp_path):
    async def broken():
        yield b"x" * 3_000_000
        raise ConnectionError("the client went away")

    with pytest.raises(ConnectionError):
        await blobs.put_stream(HERS, broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_large_stream_passes_at_flat_memory(tmp_path):
    blobs = LocalBlobs(tmp_path)
    chunk = os.urandom(1_000_000)

    async def large():
        for _ in range(64):
            yield chunk

    tracemalloc.start()
    stored = await blobs.put_stream(HERS, large())
    size = 0
    async for piece in blobs.open(HERS, stored.sha256):
        size += len(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (stored.size, size) == (64_000_000, 64_000_000)
    assert peak < 16_000_000


def test_a_local_blob_is_synced_before_it_gets_its_name(tmp_path):
    """Order of calls, seen by the process's own audit of os functions: data, then rename, then the folder."""
    code = f"""
import asyncio, os, pathlib, uuid
from docchain.platform.local_blobs import LocalBlobs
calls = []
def spy(owner, name):
    real = getattr(owner, name)
    def call(first, *rest):
        target = os.readlink(f"/proc/self/fd/{{first}}") if isinstance(first, int) else str(first)
        calls.append((name, "folder" if os.path.isdir(target) else "file"))
        return real(first, *rest)
    setattr(owner, name, call)
blobs = LocalBlobs(pathlib.Path({str(tmp_path)!r}))
spy(os, "fsync"); spy(pathlib.Path, "replace")
asyncio.run(blobs.put(uuid.UUID(int=1), b"abc"))
print(calls[0], calls[-2:], len(calls))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    # Between the first and the last two: the names of the two new folders.
    assert done.stdout.strip() == "('fsync', 'file') [('replace', 'file'), ('fsync', 'folder')] 5"


def test_what_the_disk_takes_only_in_part_is_not_stored(tmp_path):
    """A limit on the size of files stands for the disk: as there, the write that reaches it is cut, not refused."""
    code = f"""
import asyncio, pathlib, resource, uuid
from docchain.platform.local_blobs import LocalBlobs
blobs = LocalBlobs(pathlib.Path({str(tmp_path)!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    print(asyncio.run(blobs.put(uuid.UUID(int=1), bytes(3000))))
except OSError as error:
    print(error.strerror)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "File too large\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_leftovers_of_a_crash_are_dropped_a_day_later(tmp_path):
    (tmp_path / "incoming").mkdir()
    old, fresh = tmp_path / "incoming" / str(new_id()), tmp_path / "incoming" / str(new_id())
    old.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(old, (0, 0))
    LocalBlobs(tmp_path)
    assert list((tmp_path / "incoming").iterdir()) == [fresh]


async def test_the_settings_choose_the_store(tmp_path):
    assert isinstance(open_blobs(StorageSettings(data_dir=tmp_path)), LocalBlobs)
    assert isinstance(open_blobs(StorageSettings(data_dir=tmp_path, blob_url="memory:///")), ObjectBlobs)
