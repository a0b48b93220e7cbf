"""Resumable uploads after tus 1.0: cut a hundred times, killed in between, the file arrives whole, and once."""

import asyncio
import base64
import hashlib
import os
import random
import socket
import threading
import time
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from hostile_files import pdf, program
from intake_place import an_intake_place

from docchain.features.documents.intake.tus_files import TusFiles

TUS = {"tus-resumable": "1.0.0"}
PIECE = TUS | {"content-type": "application/offset+octet-stream"}
MIB = 1024 * 1024


def named(name, media_type="application/octet-stream"):
    coded = (base64.b64encode(text.encode()).decode() for text in (name, media_type))
    return {"upload-metadata": "filename {},filetype {}".format(*coded)}


async def begun(place, length, name="a.pdf", **headers):
    answer = await place.client.post("/files/tus", headers=TUS | {"upload-length": str(length)} | named(name) | headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"].removeprefix("/api/v3")


def send(place, at, data, offset, **headers):
    return place.client.patch(at, content=data, headers=PIECE | {"upload-offset": str(offset)} | headers)


async def test_what_is_spoken_is_told(place):
    answer = await place.client.options("/files/tus")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == (
        "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination"
    )
    assert answer.headers["tus-max-size"] == str(1024 * MIB)


async def test_pieces_become_a_document(on_both):
    data = pdf()
    at = await begun(on_both, len(data), "factura.pdf")
    first = await send(on_both, at, data[:100], 0)
    assert (first.status_code, first.headers["upload-offset"]) == (204, "100")
    where = await on_both.client.head(at, headers=TUS)
    assert (where.headers["upload-offset"], where.headers["upload-length"]) == ("100", str(len(data)))
    assert where.headers["cache-control"] == "no-store"
    last = await send(on_both, at, data[100:], 100)

    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(data)))
    document = (await on_both.client.get(last.headers["content-location"].removeprefix("/api/v3"))).json()
    assert (document["name"], document["current"]["sha256"]) == ("factura.pdf", hashlib.sha256(data).hexdigest())
    (entry,) = await on_both.ledger()
    assert (entry["source"], entry["outcome"], entry["document_id"]) == ("tus", "accepted", document["id"])
    shown = (await on_both.client.get(at)).json()
    assert (shown["offset"], shown["intake"]["document_id"]) == (len(data), document["id"])
    assert list((on_both.folder / "tus").iterdir()) == []


async def test_an_upload_may_begin_with_its_first_piece_and_unknown_length(place):
    headers = PIECE | {"upload-defer-length": "1"} | named("a.txt", "text/plain")
    answer = await place.client.post("/files/tus", content=b"uno ", headers=headers)
    at = answer.headers["location"].removeprefix("/api/v3")
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "4")
    assert (await place.client.head(at, headers=TUS)).headers["upload-defer-length"] == "1"
    await send(place, at, b"dos", 4, **{"upload-length": "7"})
    assert await place.names() == ["a.txt"]


async def test_who_begins_again_with_one_key_gets_the_same_upload(place):
    at = await begun(place, 10, **{"idempotency-key": "k"})
    assert await begun(place, 10, **{"idempotency-key": "k"}) == at
    await send(place, at, b"four", 0)
    again = TUS | {"upload-length": "10", "idempotency-key": "k"} | named("a.pdf")
    assert (await place.client.post("/files/tus", headers=again)).headers["upload-offset"] == "4"


async def test_a_piece_at_the_wrong_place_or_of_a_wrong_form_is_refused(place):
    at = await begun(place, 10)
    wrong = await send(place, at, b"x", 5)
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["tus-resumable"]) == (409, "tus_offset", "1.0.0")
    plain = await place.client.patch(
        at, content=b"x", headers=TUS | {"upload-offset": "0", "content-type": "text/plain"}
    )
    assert (plain.status_code, plain.json()["code"]) == (415, "tus_content_type")
    old = await place.client.patch(at, content=b"x", headers=PIECE | {"tus-resumable": "0.2.2", "upload-offset": "0"})
    assert (old.status_code, old.headers["tus-version"]) == (412, "1.0.0")
    long = await send(place, at, b"x" * 11, 0)
    assert long.status_code == 413


async def test_a_piece_whose_checksum_is_wrong_leaves_nothing(place):
    at = await begun(place, 8, "a.txt")
    digest = base64.b64encode(hashlib.sha1(b"12345678", usedforsecurity=False).digest()).decode()
    wrong = await send(place, at, b"1234567x", 0, **{"upload-checksum": f"sha1 {digest}"})
    assert (wrong.status_code, wrong.json()["code"]) == (460, "tus_checksum")
    assert (await place.client.head(at, headers=TUS)).headers["upload-offset"] == "0"
    unknown = await send(place, at, b"12345678", 0, **{"upload-checksum": f"crc9 {digest}"})
    assert unknown.status_code == 400
    right = await send(place, at, b"12345678", 0, **{"upload-checksum": f"sha1 {digest}"})
    assert right.status_code == 204
    assert await place.names() == ["a.txt"]


async def test_an_upload_can_be_given_up_and_is_nobody_elses(place):
    at = await begun(place, 10)
    other = await place.client.post(
        "/security/auth/register", json={"username": "eva", "password": "a-long-password-1"}
    )
    assert other.status_code in (200, 201), other.text
    signed = await place.client.post("/security/auth/login", json={"username": "eva", "password": "a-long-password-1"})
    hers = {"authorization": f"Bearer {signed.json()['access_token']}"}
    for method in ("HEAD", "DELETE"):
        assert (await place.client.request(method, at, headers=TUS | hers)).status_code == 404
    assert (await place.client.delete(at, headers=TUS)).status_code == 204
    assert (await place.client.head(at, headers=TUS)).status_code == 404
    assert list((place.folder / "tus").iterdir()) == []


async def test_a_refused_upload_says_why(place):
    data = program()
    at = await begun(place, len(data), "factura.pdf")
    answer = await send(place, at, data, 0)
    assert (answer.status_code, answer.json()["reason"]) == (422, "program")
    assert (await place.client.get(at)).json()["intake"]["outcome"] == "refused"
    assert await place.names() == []


async def test_what_is_over_is_swept(tmp_path):
    async with an_intake_place(tmp_path, tus_hours=1 / 3600 / 100) as place:
        at = await begun(place, 10)
        while (await place.client.head(at, headers=TUS)).status_code != 404:
            pass
        await place.services.intake.tus.sweep()
        assert list((tmp_path / "tus").iterdir()) == []


@pytest.fixture(scope="module")
def data():
    return os.urandom(20 * MIB)


def test_an_upload_that_is_cut_a_hundred_times_and_killed_arrives_whole(tmp_path, data):
    """Half of the cuts close the connection, the others fall silent and leave it open; thrice the server dies."""
    from watched_server import WatchedServer  # noqa: PLC0415 - starts a server

    dice = random.Random(5)  # noqa: S311 - the same cuts every time
    cut = 0
    at = ""
    held = []
    for life in range(4):
        with WatchedServer(tmp_path) as server, server.watched() as peaks:
            if not at:
                answer = server.client.post(
                    "/files/tus", headers=TUS | {"upload-length": str(len(data))} | named("film.bin", "video/x")
                )
                at = answer.headers["location"]
            while cut < 25 * (life + 1):
                cut += 1
                held.append(cut_off(server, at, data, dice))
                if len(held) > 5:
                    held.pop(0).close()
            if life == 3:
                finish(server, at, data)
                (document,) = server.client.get("/documents").json()["items"]
                (entry,) = server.client.get("/intake").json()["items"]
            assert peaks.server < 200
    for connection in held:
        connection.close()
    assert cut == 100
    assert document["current"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert document["current"]["size"] == len(data)
    assert entry["document_id"] == document["id"]


def finish(server, at, data):
    """As a client of tus does: bytes of a cut connection may still arrive, then it asks again how far it came."""
    begin = offset(server, at)
    assert begin > 2 * MIB  # what had come before a cut is kept
    rest = PIECE | {"upload-offset": str(begin)}
    answer = server.client.patch(server_path(at), content=data[begin:], headers=rest)
    if answer.status_code == 409:
        assert answer.json()["code"] == "tus_offset"
        finish(server, at, data)
    else:
        answer.raise_for_status()


def server_path(at):
    return at.removeprefix("/api/v3")


def offset(server, at):
    answer = server.client.head(server_path(at), headers=TUS)
    assert answer.status_code == 200, answer.headers
    return int(answer.headers["upload-offset"])


def cut_off(server, at, data, dice):
    """Send less than was announced, and go away or fall silent."""
    begin = offset(server, at)
    size = min(dice.randrange(1, len(data) // 60), len(data) - begin - 1)
    base = urlsplit(str(server.client.base_url))
    connection = socket.create_connection((base.hostname, base.port))
    head = f"PATCH {at} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data) - begin}\r\nUpload-Offset: {begin}\r\n"
    head += f"Authorization: {server.client.headers['authorization']}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in PIECE.items())
    connection.sendall(head.encode() + b"\r\n" + data[begin : begin + size])
    if dice.random() < 0.5:
        connection.close()
        return connection
    end = time.monotonic() + 20
    while size > 300_000 and time.monotonic() < end and offset_of_file(server, at) <= begin:
        pass
    return connection


def offset_of_file(server, at):
    return (server.folder / "tus" / at.rpartition("/")[2]).stat().st_size


async def test_unfinished_uploads_are_listed_for_whoever_began_them(place):
    at = await begun(place, 100, "a.pdf")
    await send(place, at, b"%PDF-1.7\n", 0)
    await begun(place, 50, "b.pdf")

    items = (await place.client.get("/files/tus")).json()["items"]
    told = sorted((item["name"], item["offset"], item["length"]) for item in items)
    assert told == [("a.pdf", 9, 100), ("b.pdf", 0, 50)]
    await place.client.delete(at, headers=TUS)
    assert [item["name"] for item in (await place.client.get("/files/tus")).json()["items"]] == ["b.pdf"]


async def test_nothing_at_all_is_refused(place):
    answer = await place.client.post("/files/tus", headers=TUS | {"upload-length": "0"} | named("vacia.txt"))

    assert (answer.status_code, answer.json()["reason"]) == (422, "empty")
    assert [entry["reason"] for entry in await place.ledger(source="tus")] == ["empty"]


class SlowDigest:
    """Holds who writes first until it is let go, and tells that it began."""

    def __init__(self):
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def update(self, _data):
        self.begun.set()
        self.go_on.wait(10)


async def test_what_is_being_written_when_another_takes_over_is_written_once(tmp_path):
    files, upload, digest, data = TusFiles(tmp_path), uuid4(), SlowDigest(), os.urandom(MIB)
    files.create(upload)

    async def chunks():
        yield data
        await asyncio.Event().wait()

    task = asyncio.create_task(files.append(upload, chunks(), digest))
    await asyncio.to_thread(digest.begun.wait)
    threading.Timer(0.2, digest.go_on.set).start()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files.path(upload).read_bytes() == data
