"""Large documents through a real server: its memory stays flat, and a bad parser fails only its own step.

`make test-large` runs the full sizes: 1 GB and 1,000 pages.
"""

import hashlib
import io
import itertools
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from born_digital import write_pdf
from watched_server import WatchedServer

FULL = os.environ.get("LARGE_FILES") == "full"
MEGABYTES, PAGES = (1_024, 1_000) if FULL else (200, 300)
MIB = 1024 * 1024
SERVER_MB = 256
CHILD_MB = 128
PATIENCE = 240

ONLY_RUNS = {
    "DOCCHAIN_EXAMPLE_WORKSPACE": "false",
    "DOCCHAIN_SEARCH_KINDS": "[]",
    "DOCCHAIN_PREVIEWS": "off",
}

INTAKE = {
    "workflow": "intake",
    "inputs": {"document": {"type": "document"}},
    "steps": [
        {"id": "text", "use": "document.parse", "with": {"document": "${inputs.document}"}},
        {"id": "fields", "use": "extract.fields", "with": {"document": "${steps.text.document}"}},
    ],
    "output": "${steps.text.pages}",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with WatchedServer(tmp_path_factory.mktemp("large"), DOCCHAIN_EXAMPLE_WORKSPACE="false") as server:
        server.workflow = defined(server, INTAKE)
        yield server


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A server whose children get little time and memory, and work for runs only."""
    caps = {"DOCCHAIN_PROCESS_TIMEOUT": "15", "DOCCHAIN_PROCESS_MEMORY_MB": "128"} | ONLY_RUNS
    with WatchedServer(tmp_path_factory.mktemp("strict"), **caps) as server:
        server.workflow = defined(server, INTAKE | {"steps": [INTAKE["steps"][0] | {"retry": {"attempts": 1}}]})
        yield server


def defined(server, definition):
    return server.client.post("/workflows", json={"definition": definition}).json()["id"]


def upload(server, content, name, size=None):
    headers = {"content-type": "application/octet-stream"} | ({"content-length": str(size)} if size else {})
    answer = server.client.post("/documents", params={"name": name}, content=content, headers=headers)
    assert answer.status_code == 201
    return answer.json()


def large(megabytes, seed):
    """Bytes that nothing can compress, and no two blocks alike."""
    block = os.urandom(MIB - 8)
    for number in range(megabytes):
        yield number.to_bytes(4, "big") + seed.to_bytes(4, "big") + block


def run(server, document):
    body = {"inputs": {"document": document["id"]}, "wait": PATIENCE}
    answer = server.client.post(f"/workflows/{server.workflow}/execute", json=body)
    assert answer.status_code == 200
    return answer.json()


def parsed(server, document):
    ended = run(server, document)
    assert ended["status"] == "succeeded", ended
    return ended["output"]


@pytest.mark.parametrize("content", ["zeros", "noise"])
def test_a_large_upload_and_its_downloads_keep_memory_flat(server, content):
    digest = hashlib.sha256()

    def sent():
        for block in itertools.repeat(bytes(MIB), MEGABYTES) if content == "zeros" else large(MEGABYTES, 0):
            digest.update(block)
            yield block

    with server.watched() as peaks:
        document = upload(server, sent(), "large.bin", MEGABYTES * MIB)
        got = hashlib.sha256()
        with server.client.stream("GET", f"/documents/{document['id']}/content") as answer:
            for block in answer.iter_raw():
                got.update(block)
        part = {"range": f"bytes={100 * MIB}-"}
        with server.client.stream("GET", f"/documents/{document['id']}/content", headers=part) as answer:
            size = sum(map(len, answer.iter_raw()))

    assert document["current"]["size"] == MEGABYTES * MIB
    assert document["current"]["sha256"] == digest.hexdigest() == got.hexdigest()
    assert size == (MEGABYTES - 100) * MIB
    assert peaks.server < SERVER_MB


def test_eight_uploads_side_by_side_keep_memory_flat(server):
    each = MEGABYTES // 10
    with ThreadPoolExecutor(8) as threads, server.watched() as peaks:
        made = list(threads.map(lambda n: upload(server, large(each, n), f"{n}.bin"), range(8)))

    assert [document["current"]["size"] for document in made] == [each * MIB] * 8
    assert peaks.server < SERVER_MB


def test_many_pages_are_parsed_and_read_in_flat_memory(server, tmp_path):
    document = upload(server, write_pdf(tmp_path / "many.pdf", PAGES).read_bytes(), "many.pdf")
    with server.watched() as peaks:
        assert parsed(server, document) == PAGES

    assert peaks.server < SERVER_MB
    assert 10 < peaks.child < 512  # most of it, the language model of search
    assert server.left_in_spool() == []


def test_four_of_them_side_by_side_keep_memory_flat(server, tmp_path):
    data = write_pdf(tmp_path / "some.pdf", PAGES // 6).read_bytes()
    documents = [upload(server, data, f"{n}.pdf") for n in range(4)]
    with ThreadPoolExecutor(4) as threads, server.watched() as peaks:
        assert list(threads.map(lambda document: parsed(server, document), documents)) == [PAGES // 6] * 4

    assert peaks.server < SERVER_MB


def test_a_file_too_large_to_parse_is_refused_before_it_is_copied(strict):
    begins = b"%PDF-1.7\n".ljust(MIB, b"0")
    huge = upload(strict, itertools.chain([begins], itertools.repeat(bytes(MIB), 256)), "huge.pdf", 257 * MIB)
    with strict.watched() as peaks:
        ended = run(strict, huge)

    assert (ended["status"], ended["failure"]) == ("failed", "bad_input")
    assert ended["message"] == "huge.pdf is larger than 256 MB; split it and send the parts."
    assert peaks.child < CHILD_MB
    assert peaks.server < SERVER_MB


def test_the_parsers_own_memory_does_not_grow_with_the_pages(strict, tmp_path):
    """Page by page: 150 pages need as much as 10; a little more is what other work loaded into the same child."""
    peaks_of = []
    for pages in (10, 150):
        document = upload(strict, write_pdf(tmp_path / f"{pages}.pdf", pages).read_bytes(), f"{pages}.pdf")
        with strict.watched() as peaks:
            assert parsed(strict, document) == pages
        peaks_of.append(peaks.child)
    assert peaks_of[1] - peaks_of[0] < 24


@pytest.mark.parametrize(("signal_", "pages"), [(signal.SIGKILL, 300), (signal.SIGSTOP, 301)])
def test_a_parser_that_dies_or_hangs_holds_up_nobody_and_another_goes_on(strict, tmp_path, signal_, pages):
    many = upload(strict, write_pdf(tmp_path / "many.pdf", pages).read_bytes(), "many.pdf")
    note = upload(strict, b"Factura 17", "note.txt")
    with ThreadPoolExecutor() as threads:
        cut = threads.submit(run, strict, many)
        while (reading := strict.stopped_at_a_page()) is None:
            assert not cut.done()
        os.kill(reading, signal_)
        assert parsed(strict, note) == 1  # beside it
    ended = cut.result()

    assert (ended["status"], ended["output"]) == ("succeeded", pages), ended["message"]
    assert strict.left_in_spool() == []
    assert parsed(strict, note) == 1  # after it


def test_a_parser_that_eats_memory_fails_only_its_own_step(strict):
    picture = io.BytesIO()
    Image.new("L", (9_000, 9_000), 255).save(picture, "PNG")
    note = upload(strict, b"Factura 17", "note.txt")
    huge = upload(strict, picture.getvalue(), "huge.png")
    with ThreadPoolExecutor() as threads, strict.watched() as peaks:
        bad = threads.submit(run, strict, huge)
        assert parsed(strict, note) == 1
        ended = bad.result()

    assert (ended["status"], ended["failure"], ended["failed_step"]) == ("failed", "resource", "text")
    assert "wanted more than 128 MiB of memory" in ended["message"]
    assert peaks.child < 3 * CHILD_MB
    assert peaks.server < SERVER_MB
    assert strict.left_in_spool() == []
    assert parsed(strict, note) == 1
