"""Watched folders, hooks and URLs: each thing once, also across kills, and a workflow with each that is wanted."""

import asyncio
import base64
import hashlib
import hmac
import http.server
import os
import threading
import time
from contextlib import contextmanager

import pytest
from hostile_files import pdf, program
from intake_place import an_intake_place

from docchain.features.documents.intake.folders import FolderLook
from docchain.platform.settings import LimitSettings, OutgoingSettings

ECHO = {
    "workflow": "note",
    "inputs": {"document": {"type": "document"}},
    "steps": [{"id": "note", "use": "value.set", "with": {"values": {"name": "${inputs.document.name}"}}}],
}
QUICK = {"intake_folder_every": 0.05, "intake_folder_stable": 0.0}


async def made(place, kind, options, **more):
    body = {"kind": kind, "name": more.pop("name", kind), "options": options, **more}
    answer = await place.client.post("/intake/sources", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def until(wanted, seconds=30):
    end = time.monotonic() + seconds
    while not (found := await wanted()):
        assert time.monotonic() < end
        await asyncio.sleep(0.05)
    return found


async def test_files_of_a_watched_folder_become_documents_once(tmp_path, database_url):
    async with an_intake_place(tmp_path, database_url=database_url, **QUICK) as place:
        folder = tmp_path / "inbox" / "scans"
        folder.mkdir(parents=True)
        (folder / "a.pdf").write_bytes(pdf())
        (folder / "b.pdf").write_bytes(program())
        (folder / "c.part").write_bytes(b"not yet")
        (folder / "copy.pdf").write_bytes(pdf())
        os.utime(folder / "copy.pdf", (2_000_000_000, 2_000_000_000))
        source = await made(place, "folder", {"path": "scans"})

        async def all_done():
            return len(await place.ledger(source="folder")) == 3 and not list(folder.glob("*.pdf"))

        await until(all_done)
        told = {item["name"]: (item["outcome"], item["reason"]) for item in await place.ledger()}
        assert sorted(outcome for outcome, _ in told.values()) == ["accepted", "duplicate", "refused"]
        assert told["b.pdf"] == ("refused", "program")
        assert [path.name for path in (folder / "refused").iterdir()] == ["b.pdf"]
        assert sorted(path.name for path in (folder / "done").iterdir()) == ["a.pdf", "copy.pdf"]
        assert len(await place.names()) == 1
        assert (folder / "c.part").exists()
        seen = (await place.client.get(f"/intake/sources/{source['handle']}")).json()
        assert (seen["problem"], seen["last_look"] is not None) == (None, True)


async def test_a_file_that_was_taken_before_a_kill_is_only_moved(tmp_path):
    """The look that ended between commit and move, and the one after."""
    async with an_intake_place(tmp_path, intake_folder_every=3600, intake_folder_stable=0) as place:
        folder = tmp_path / "inbox"
        source = await made(place, "folder", {"path": "."}, enabled=False)
        (folder).mkdir(exist_ok=True)
        (folder / "a.txt").write_bytes(b"nota")
        actor = await place.actor()

        def look():
            from docchain.features.documents.intake.source_schemas import IntakeSource  # noqa: PLC0415 - here only

            return FolderLook(place.services.keeper, actor.workspace_id, IntakeSource.model_validate(source))

        class Killed(Exception):
            pass

        async def dies(*_):
            raise Killed

        first = look()
        first._put_away = dies  # noqa: SLF001 - where the kill hits
        with pytest.raises(Killed):
            await first.look()
        assert (folder / "a.txt").exists()
        assert await look().look() == 1
        assert (await place.names(), [path.name for path in (folder / "done").iterdir()]) == (["a.txt"], ["a.txt"])


async def test_a_file_that_still_changes_is_left_alone(tmp_path):
    async with an_intake_place(tmp_path, intake_folder_every=0.05, intake_folder_stable=1.0) as place:
        folder = tmp_path / "inbox"
        folder.mkdir()
        await made(place, "folder", {"path": ".", "after": "leave"})
        path = folder / "a.txt"
        for number in range(20):
            with path.open("a") as file:
                file.write(f"{number}\n")
            await asyncio.sleep(0.1)
            assert await place.ledger() == []
        (entry,) = await until(place.ledger)
        assert entry["size"] == path.stat().st_size


async def test_a_folder_outside_of_what_may_be_watched_is_refused(place):
    body = {"kind": "folder", "name": "x", "options": {"path": "../../etc"}}
    answer = await place.client.post("/intake/sources", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_intake_source")


async def test_a_source_starts_a_workflow_with_each_document(tmp_path):
    async with an_intake_place(tmp_path, **QUICK) as place:
        workflow = (await place.client.post("/workflows", json={"definition": ECHO})).json()
        (tmp_path / "inbox").mkdir()
        (tmp_path / "inbox" / "a.txt").write_bytes(b"nota")
        (tmp_path / "inbox" / "b.txt").write_bytes(b"otra")
        await made(place, "folder", {"path": "."}, workflow=workflow["handle"])

        async def started():
            items = await place.ledger()
            return len(items) == 2 and items

        items = await until(started)
        for item in items:
            assert item["run_id"], item
            answer = await place.client.get(f"/runs/{item['run_id']}")
            assert answer.status_code == 200


async def test_a_workflow_that_is_gone_costs_no_document(tmp_path):
    async with an_intake_place(tmp_path, **QUICK) as place:
        workflow = (await place.client.post("/workflows", json={"definition": ECHO})).json()["handle"]
        await made(place, "folder", {"path": "."}, workflow=workflow)
        assert (await place.client.delete(f"/workflows/{workflow}")).is_success
        (tmp_path / "inbox").mkdir(exist_ok=True)
        (tmp_path / "inbox" / "a.txt").write_bytes(b"nota")
        (item,) = await until(place.ledger)
        assert (item["outcome"], item["run_id"]) == ("accepted", None)
        assert item["detail"].startswith(f"{workflow} was not started: There is no workflow {workflow}")


def signed(source, body, delivery="d1", at=None):
    stamp = str(int(at or time.time()))
    key = base64.b64decode(source["signing_key"].removeprefix("whsec_"))
    digest = hmac.digest(key, f"{delivery}.{stamp}.".encode() + body, "sha256")
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": delivery, "webhook-timestamp": stamp, "webhook-signature": signature}


async def sent(place, source, body, **headers):
    at = source["address"].partition("/api/v3")[2]
    return await place.client.post(at, params={"name": "a.txt"}, content=body, headers={"authorization": ""} | headers)


async def test_a_hook_takes_what_is_signed_once(on_both):
    source = await made(on_both, "hook", {})
    good = signed(source, b"nota")
    first = await sent(on_both, source, b"nota", **good)
    again = await sent(on_both, source, b"nota", **good)
    assert (first.status_code, first.json()["outcome"], first.json()["name"]) == (201, "accepted", "a.txt")
    assert again.json() == first.json()
    assert await on_both.names() == ["a.txt"]
    for bad in (
        {},
        signed(source, b"other"),
        signed(source, b"nota", at=1_700_000_000),
        good | {"webhook-id": "d2"},
    ):
        answer = await sent(on_both, source, b"nota", **bad)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    shown = (await on_both.client.get("/intake/sources")).json()["items"]
    assert [(item["address"], item["signing_key"]) for item in shown] == [(None, None)]


async def test_a_hook_takes_json_and_knows_its_address(place):
    source = await made(place, "hook", {"signed": False})
    body = b'{"name": "n.txt", "content": "bm90YQ=="}'
    answer = await sent(place, source, body, **{"content-type": "application/json"})
    assert (answer.status_code, answer.json()["name"], answer.json()["size"]) == (201, "n.txt", 4)
    assert (await place.client.post("/intake/hooks/abc", content=b"x")).status_code == 404
    await place.client.delete(f"/intake/sources/{source['handle']}")
    assert (await sent(place, source, b"nota")).status_code == 404


@contextmanager
def a_web_server():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("location", "/factura%201.pdf")
                self.end_headers()
                return
            if self.path == "/gone":
                self.send_error(410)
                return
            self.send_response(200)
            self.send_header("content-type", "application/pdf")
            self.end_headers()
            self.wfile.write(pdf(extra=b"%" * 20_000 if self.path == "/large" else b""))

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


async def test_a_document_is_fetched_from_the_web(tmp_path):
    with a_web_server() as port:
        outgoing = OutgoingSettings(outgoing_allow=[f"127.0.0.1:{port}"])
        limits = LimitSettings(max_upload_bytes=10_000)
        async with an_intake_place(tmp_path, limits=limits, outgoing=outgoing) as place:
            begin = f"http://127.0.0.1:{port}"
            good = await place.client.post("/intake/url", json={"url": f"{begin}/moved"})
            for _ in range(2):
                keyed = {"url": f"{begin}/factura.pdf"}
                await place.client.post("/intake/url", json=keyed, headers={"idempotency-key": "k"})
            gone = await place.client.post("/intake/url", json={"url": f"{begin}/gone"})
            names = await place.names()
            large = await place.client.post("/intake/url", json={"url": f"{begin}/large"})
            private = await place.client.post("/intake/url", json={"url": "http://127.0.0.2/"})

    assert (good.status_code, good.json()["name"], good.json()["source"]) == (201, "factura 1.pdf", "url")
    assert names == ["factura 1.pdf", "factura.pdf"]
    assert good.json()["sha256"] == hashlib.sha256(pdf()).hexdigest()
    assert (gone.status_code, gone.json()["code"]) == (422, "not_fetched")
    assert (large.status_code, large.json()["code"]) == (413, "upload_too_large")
    assert (private.status_code, "not public" in private.json()["detail"]) == (422, True)


def test_files_of_a_folder_come_in_once_across_kills(tmp_path, database_url):
    """A server that is killed again and again while many files wait."""
    from watched_server import WatchedServer  # noqa: PLC0415 - starts a server

    folder = tmp_path / "inbox"
    folder.mkdir()
    many = 60 if database_url else 200
    for number in range(many):
        (folder / f"{number}.txt").write_text(f"nota {number}")
    quick = {"DOCCHAIN_INTAKE_FOLDER_EVERY": "0.05", "DOCCHAIN_INTAKE_FOLDER_STABLE": "0"}
    quick |= {"DOCCHAIN_DATABASE_URL": database_url, "DOCCHAIN_LEASE_SECONDS": "2"}
    for kill in range(4):
        with WatchedServer(tmp_path, **quick) as server:
            if kill == 0:
                body = {"kind": "folder", "name": "x", "options": {"path": "."}}
                assert server.client.post("/intake/sources", json=body).status_code == 201
            end, begun = time.monotonic() + 60, None
            while time.monotonic() < end:
                left = len(list(folder.glob("*.txt")))
                begun = left if begun is None else begun
                if left == 0 or (kill < 3 and left <= begun - many // 7):
                    break
            if kill == 3:
                told = server.client.get("/intake", params={"total": True}).json()["total"]
                documents = server.client.get("/documents", params={"total": True}).json()["total"]
    assert (told, documents, len(list((folder / "done").iterdir()))) == (many, many, many)


async def test_names_that_are_no_utf8_come_in_readable_and_stop_nothing(tmp_path):
    async with an_intake_place(tmp_path, **QUICK) as place:
        folder = tmp_path / "inbox"
        folder.mkdir(exist_ok=True)
        for name in (b"a\xf1o.txt", b"bad\xff.txt", "\u00e1rbol.txt".encode()):
            (folder / os.fsdecode(name)).write_bytes(b"nota de " + name)
        await made(place, "folder", {"path": "."})

        async def all_done():
            return len(await place.ledger(source="folder")) == 3 and not list(folder.glob("*.txt"))

        await until(all_done)
        assert sorted(await place.names()) == ["a\u00f1o.txt", "bad\u00ff.txt", "\u00e1rbol.txt"]
