"""Steps that take things in: from the web, out of archives and messages; each once, however often they are repeated."""

import hashlib
import io
import tarfile
import time
from email.message import EmailMessage

from hostile_files import docx, encrypted_zip, pdf, zipped
from intake_place import an_intake_place
from test_sources import a_web_server

from docchain.platform.settings import OutgoingSettings

FETCH = {
    "workflow": "fetch",
    "inputs": {"url": {"type": "string"}},
    "steps": [{"id": "got", "use": "intake.url", "with": {"url": "${inputs.url}"}, "retry": {"attempts": 1}}],
    "output": "${steps.got}",
}
UNPACK = {
    "workflow": "unpack",
    "inputs": {"document": {"type": "document"}, "only": {"type": "list", "default": []}},
    "steps": [
        {"id": "parts", "use": "intake.unpack", "with": {"document": "${inputs.document}", "only": "${inputs.only}"}},
        {
            "id": "names",
            "use": "value.set",
            "with": {"values": {"name": "${item.name}"}},
            "for_each": "${steps.parts.documents}",
        },
    ],
    "output": "${steps.parts}",
}


async def ran(place, definition, **inputs):
    made = await place.client.post("/workflows", json={"definition": definition})
    assert made.status_code == 201, made.text
    order = {"parameters": inputs, "wait": 60}
    answer = await place.client.post(f"/workflows/{made.json()['handle']}/execute", json=order)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def unpacked(place, data, name, **more):
    document = (await place.upload(data, name)).json()
    return document, await ran(place, UNPACK, document=document["handle"], **more)


async def documents_of(place):
    await place.services.journal.catch_up()
    listed = (await place.client.get("/documents", params={"limit": 200})).json()["items"]
    return {item["name"]: item for item in listed if item["origin"] == "step"}


async def test_a_step_fetches_a_document_into_the_ledger(tmp_path):
    with a_web_server() as port:
        outgoing = OutgoingSettings(outgoing_allow=[f"127.0.0.1:{port}"])
        async with an_intake_place(tmp_path, outgoing=outgoing) as place:
            run = await ran(place, FETCH, url=f"http://127.0.0.1:{port}/factura.pdf?token=secret")
            made = await documents_of(place)
            (entry,) = await place.ledger()
            events = await place.events("intake.accepted")
            lineage = (await place.client.get("/documents/document_1/lineage")).json()

    assert run["status"] == "succeeded", run
    assert (run["output"]["document"]["name"], run["output"]["seen_type"]) == ("factura.pdf", "application/pdf")
    assert made["factura.pdf"]["current"]["sha256"] == hashlib.sha256(pdf()).hexdigest()
    assert (entry["source"], entry["outcome"], entry["run_id"]) == ("step", "accepted", run["id"])
    assert entry["document_id"] == run["output"]["document"]["document_id"] == made["factura.pdf"]["id"]
    assert entry["origin"] == f"http://127.0.0.1:{port}/factura.pdf"
    assert [event["document_id"] for event in events] == [entry["document_id"]]
    (made_by,) = [version["made_by"] for version in lineage["versions"]]
    assert (made_by["step"], made_by["step_kind"]) == ("got", "intake.url")


async def test_a_step_says_why_it_fetched_nothing(tmp_path):
    with a_web_server() as port:
        outgoing = OutgoingSettings(outgoing_allow=[f"127.0.0.1:{port}"])
        async with an_intake_place(tmp_path, outgoing=outgoing, intake_allow=["image/*"]) as place:
            gone = await ran(place, FETCH, url=f"http://127.0.0.1:{port}/gone")
            inner = await ran(place, FETCH, url="http://127.0.0.2/a.pdf")
            refused = await ran(place, FETCH, url=f"http://127.0.0.1:{port}/a.pdf")
            (entry,) = await place.ledger()
            names = await place.names()

    assert (gone["status"], gone["failure"]) == ("failed", "bad_input")
    assert gone["message"] == "The other side answered 410."
    assert "not public" in inner["message"]
    assert refused["message"] == "a.pdf: Files of the type application/pdf are not taken here."
    assert (entry["source"], entry["reason"], names) == ("step", "type_not_allowed", [])


async def test_an_archive_is_taken_apart_and_each_file_passes_intake(on_both):
    archive = zipped(
        ("facturas/a.pdf", pdf()), ("b.txt", b"nota"), ("c.png", b"text"), ("__MACOSX/._b.txt", b"x"), ("empty/", b"")
    )
    document, run = await unpacked(on_both, archive, "lote.zip")

    assert run["status"] == "succeeded", run
    assert [made["name"] for made in run["output"]["documents"]] == ["a.pdf", "b.txt"]
    (refused,) = run["output"]["refused"]
    assert (refused["name"], refused["reason"]) == ("c.png", "type_mismatch")
    made = await documents_of(on_both)
    assert sorted(made) == ["a.pdf", "b.txt"]
    entries = {entry["name"]: entry for entry in await on_both.ledger(source="step")}
    assert {name: entry["outcome"] for name, entry in entries.items()} == {
        "a.pdf": "accepted",
        "b.txt": "accepted",
        "c.png": "refused",
    }
    assert entries["a.pdf"]["origin"] == "lote.zip/facturas/a.pdf"
    lineage = (await on_both.client.get(f"/documents/{made['a.pdf']['id']}/lineage")).json()
    assert [version["document_id"] for version in lineage["versions"]] == [made["a.pdf"]["id"], document["id"]]
    assert (await on_both.client.get(f"/documents/{made['b.txt']['id']}/content")).content == b"nota"


async def test_only_what_is_wanted_is_taken_out_of_messages_and_other_archives(place):
    message = EmailMessage()
    message["From"], message["Subject"] = "ana@example.com", "Facturas"
    message.set_content("Adjuntas.")
    for name, data in (("a.PDF", pdf()), ("logo.gif", b"GIF89a....")):
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in (("x/c.pdf", pdf(2)), ("x/d.txt", b"nota")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    _, mail = await unpacked(place, message.as_bytes(), "m.eml", only=["*.pdf"])
    _, tar = await unpacked(place, packed.getvalue(), "t.tar.gz", only=["*.PDF"])
    assert [made["name"] for made in mail["output"]["documents"]] == ["a.PDF"]
    assert [made["name"] for made in tar["output"]["documents"]] == ["c.pdf"]


async def test_what_cannot_be_taken_apart_is_refused(tmp_path):
    async with an_intake_place(tmp_path, intake_encrypted="accept", intake_unpack_files=2, intake_ratio=200) as place:
        for data, name, told in (
            (docx(), "a.docx", "give a ZIP or TAR archive, or a message."),
            (encrypted_zip(), "b.zip", "It is protected by a password; pack it again without."),
            (zipped(*((f"{n}.txt", b"x") for n in range(3))), "c.zip", "name fewer with `only`."),
        ):
            _, run = await unpacked(place, data, name)
            assert (run["status"], run["failure"]) == ("failed", "bad_input")
            assert run["message"].endswith(told)
        assert [item["outcome"] for item in await place.ledger()] == ["accepted"] * 3


async def test_what_a_quota_has_no_room_for_is_not_begun(place):
    document = (await place.upload(zipped(*((f"{n}.bin", b"\1" * 5_000) for n in range(3))), "a.zip")).json()
    assert (await place.client.put("/storage/quota", json={"quota_bytes": 9_000})).status_code == 200
    run = await ran(place, UNPACK, document=document["handle"])
    assert (run["status"], run["failure"]) == ("failed", "resource")
    assert run["message"].startswith("It unpacks to 15,000 bytes; ")
    assert len(await place.names()) == 1


def test_a_server_killed_while_it_unpacks_makes_each_document_once(tmp_path):
    from watched_server import WatchedServer  # noqa: PLC0415 - starts a server

    archive = zipped(*((f"{number}.bin", b"%05d" % number * 20_000) for number in range(120)))
    blobs = tmp_path / "blobs"

    def stored():
        return sum(path.is_file() for path in blobs.rglob("*"))

    handle = ""
    for life in range(4):
        with WatchedServer(tmp_path, DOCCHAIN_EXAMPLE_WORKSPACE="false") as server:
            if not handle:
                document = server.client.post("/documents", params={"name": "a.zip"}, content=archive).json()
                workflow = server.client.post("/workflows", json={"definition": UNPACK}).json()
                order = {"parameters": {"document": document["handle"]}}
                handle = server.client.post(f"/workflows/{workflow['handle']}/execute", json=order).json()["handle"]
            end = time.monotonic() + 60
            while time.monotonic() < end and stored() < 30 * (life + 1):
                if server.client.get(f"/runs/{handle}").json()["status"] == "succeeded":
                    break
            if life == 3:
                while (run := server.client.get(f"/runs/{handle}").json())["status"] in ("queued", "running"):
                    assert time.monotonic() < end
                counted = 0
                while counted < 121 and time.monotonic() < end:
                    counted = server.client.get("/documents", params={"total": True}).json()["total"]
                entries = server.client.get("/intake", params={"total": True, "source": "step"}).json()["total"]
    assert run["status"] == "succeeded", run
    assert (counted, entries, len(run["output"]["documents"])) == (121, 120, 120)
