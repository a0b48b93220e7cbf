"""The ledger shows what came, when, from where, and what became of it; workspaces choose what they take."""

import asyncio
import struct
from contextlib import asynccontextmanager

import pytest
from hostile_files import docx, pdf, png, program, zipped
from intake_place import an_intake_place

from docchain.features.documents import Arrival

PDF = "application/pdf"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


async def test_an_upload_is_written_down_with_its_document(on_both):
    made = (await on_both.upload(pdf(), "factura.pdf", **{"content-type": PDF})).json()
    again = (await on_both.upload(pdf(), "copia.pdf")).json()

    first, second = await on_both.ledger()
    assert (first["source"], first["outcome"], first["name"]) == ("upload", "accepted", "factura.pdf")
    assert (first["declared_type"], first["seen_type"]) == (PDF, PDF)
    assert (first["document_id"], first["version_id"]) == (made["id"], made["current"]["id"])
    assert (first["size"], first["sha256"]) == (len(pdf()), made["current"]["sha256"])
    assert first["received_by"] == "admin"
    assert (second["document_id"], second["duplicate_of"]) == (again["id"], made["id"])
    assert (await on_both.client.get(f"/intake/{first['id']}")).json() == first
    assert [event["document_id"] for event in await on_both.events("intake.accepted")] == [made["id"], again["id"]]


async def test_a_new_version_is_written_down_too(place):
    made = (await place.upload(b"uno")).json()
    answer = await place.client.post(f"/documents/{made['id']}/versions", params={"name": "n.txt"}, content=b"dos")

    assert [item["version_id"] for item in await place.ledger()] == [
        made["current"]["id"],
        answer.json()["current"]["id"],
    ]


async def test_a_refused_file_stays_out_with_a_reason_an_entry_and_an_event(on_both):
    answer = await on_both.upload(program(), "factura.pdf")

    told = answer.json()
    assert (answer.status_code, told["code"], told["reason"]) == (422, "file_refused", "program")
    assert told["detail"] == "factura.pdf: It is a program; programs are not taken."
    entry = (await on_both.client.get(f"/intake/{told['intake']}")).json()
    assert (entry["outcome"], entry["reason"], entry["document_id"]) == ("refused", "program", None)
    assert [event["reason"] for event in await on_both.events("intake.refused")] == ["program"]
    assert await on_both.names() == []
    assert [path for path in (on_both.folder / "blobs").rglob("*") if path.is_file()] == []


async def test_a_repeated_key_makes_one_entry(on_both):
    answers = [await on_both.upload(b"nota", **{"idempotency-key": "k1"}) for _ in range(2)]

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await on_both.ledger()) == 1


async def test_what_comes_several_times_at_once_comes_in_once(on_both):
    """Of two that look at one mailbox or folder, both may have seen that nobody knows a thing."""
    actor = await on_both.actor()
    keyed = [on_both.upload(b"nota", **{"idempotency-key": "k1"}) for _ in range(4)]

    async def data():
        yield b"otra"

    taken = [on_both.services.keeper.take(actor, Arrival("folder", "f|1", "b.txt"), data()) for _ in range(4)]
    answers, items = await asyncio.gather(asyncio.gather(*keyed), asyncio.gather(*taken))
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({item.document_id for item in items}) == 1
    assert sorted(await on_both.names()) == ["b.txt", "nota.txt"]
    assert sorted(item["name"] for item in await on_both.ledger()) == ["b.txt", "nota.txt"]


async def test_the_ledger_is_filtered(place):
    await place.upload(b"nota", "a.txt")
    await place.upload(png(), "b.png")
    await place.upload(png(), "c.txt")

    assert [item["name"] for item in await place.ledger(outcome="accepted")] == ["a.txt", "b.png"]
    assert [item["name"] for item in await place.ledger(reason="type_mismatch")] == ["c.txt"]
    assert [item["name"] for item in await place.ledger(name="B")] == ["b.png"]
    assert await place.ledger(source="mail") == []


async def test_a_workspace_chooses_what_it_takes(place):
    chosen = {"allow": [PDF, "text/*"], "max_bytes": 2_000, "macros": "accept"}
    assert (await place.client.put("/intake/rules", json=chosen)).status_code == 200

    assert (await place.upload(pdf(), "a.pdf")).status_code == 201
    assert (await place.upload(b"nota", "a.txt")).status_code == 201
    assert (await place.upload(png(), "a.png")).json()["reason"] == "type_not_allowed"
    too_large = await place.upload(b"x" * 2_001, "b.txt")
    assert (too_large.status_code, too_large.json()["code"]) == (413, "upload_too_large")
    assert [item["reason"] for item in await place.ledger(outcome="refused")] == ["type_not_allowed", "too_large"]
    answer = await place.client.get("/intake/rules")
    assert answer.json() == {**chosen, "encrypted": None, "mismatch": None}
    stale = await place.client.put("/intake/rules", json={}, headers={"if-match": '"0"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, answer.headers["etag"])


async def test_macros_are_taken_where_they_are_wanted(place):
    macros = docx(("word/vbaProject.bin", b"x"))
    assert (await place.upload(macros, "a.docx")).json()["reason"] == "macros"
    await place.client.put("/intake/rules", json={"macros": "accept"})
    assert (await place.upload(macros, "a.docx")).status_code == 201


async def test_harmless_archives_and_office_files_come_in(place):
    for name, data in (("a.zip", zipped(("a.txt", b"a"), ("b/c.txt", b"c"))), ("a.docx", docx()), ("x.pdf", pdf(3))):
        assert (await place.upload(data, name)).status_code == 201
    assert [item["seen_type"].rpartition(".")[2] for item in await place.ledger()] == [
        "application/zip",
        "document",
        "application/pdf",
    ]


@asynccontextmanager
async def a_scanner(folder, word=None):
    """Speaks ClamAV's protocol over a socket of its own."""
    seen = []

    async def serve(reader, writer):
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack("!I", await reader.readexactly(4))[0]:
            data += await reader.readexactly(size)
        seen.append(len(data))
        found = b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in data else b"stream: OK\0"
        writer.write(word or found)
        await writer.drain()
        writer.close()

    path = folder / "clamd.ctl"
    server = await asyncio.start_unix_server(serve, path)
    try:
        yield f"unix://{path}", seen
    finally:
        server.close()


async def test_what_the_scanner_finds_stays_out(tmp_path):
    async with a_scanner(tmp_path) as (url, seen), an_intake_place(tmp_path, clamav_url=url) as place:
        bad = await place.upload(EICAR, "eicar.txt")
        good = await place.upload(b"x" * 300_000, "nota.txt")

    assert (bad.status_code, bad.json()["reason"]) == (422, "malware")
    assert bad.json()["detail"] == "eicar.txt: The scanner found Eicar-Test-Signature in it."
    assert good.status_code == 201
    assert seen == [68, 300_000]


@pytest.mark.parametrize(("failure", "status"), [("refuse", 422), ("accept", 201)])
async def test_a_scanner_that_does_not_know_closes_or_opens_the_door(tmp_path, failure, status):
    word = b"INSTREAM size limit exceeded. ERROR\0"
    async with a_scanner(tmp_path, word) as (url, _):
        chosen = {"clamav_url": url, "clamav_failure": failure}
        async with an_intake_place(tmp_path, **chosen) as place:
            answer = await place.upload(b"nota")
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["reason"] == "unscanned"


async def test_a_scanner_that_is_not_there_closes_the_door(tmp_path):
    async with an_intake_place(tmp_path, clamav_url=f"unix://{tmp_path}/nowhere") as place:
        assert (await place.upload(b"nota")).json()["reason"] == "unscanned"


async def test_what_is_empty_or_finds_no_room_is_in_the_ledger_too(place):
    empty = await place.upload(b"", "vacia.txt")
    await place.client.put("/storage/quota", json={"quota_bytes": 10})
    large = await place.upload(b"more than ten bytes", "larga.txt")

    assert (empty.status_code, large.status_code) == (422, 507)
    told = [(item["name"], item["outcome"], item["reason"]) for item in await place.ledger()]
    assert told == [("vacia.txt", "refused", "empty"), ("larga.txt", "refused", "quota")]
