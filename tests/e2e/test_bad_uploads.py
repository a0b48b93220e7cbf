"""Uploads that are empty, cut, too large or asked for beyond their end leave nothing behind."""

import contextlib
import re
import socket
import sqlite3
from pathlib import Path
from uuid import UUID

import pytest


def test_an_empty_upload_is_refused(admin):
    refused = admin.post("/documents", params={"name": "a.txt"}, content=b"")
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_upload")
    form = {"content-type": "multipart/form-data; boundary=x"}
    refused = admin.post("/documents", content=b"--x\r\nno form", headers=form)
    assert refused.status_code in {400, 422}
    assert refused.headers["content-type"] == "application/problem+json"


def _stored(server) -> tuple[int, int, set[Path]]:
    """Documents, versions and blobs of the default workspace, without what is made of documents in the background."""
    with contextlib.closing(sqlite3.connect(server.data_dir / "app.db")) as database:
        ours = database.execute("SELECT id FROM workspace WHERE slug = 'default'").fetchone()
        documents = database.execute("SELECT count(*) FROM document WHERE workspace_id = ?", ours).fetchone()[0]
        versions = database.execute("SELECT count(*) FROM document_version WHERE workspace_id = ?", ours).fetchone()[0]
        made = {sha256 for (sha256,) in database.execute("SELECT sha256 FROM document_artefact")}
    folder = server.data_dir / "blobs" / str(UUID(bytes=ours[0]) if isinstance(ours[0], bytes) else UUID(ours[0]))
    blobs = {path for path in folder.rglob("*") if re.fullmatch("[0-9a-f]{64}", path.name.partition(".")[0])}
    return documents, versions, {path for path in blobs if path.name.partition(".")[0] not in made}


def _nothing_left(server, before: tuple[int, int, set[Path]]) -> bool:
    now = _stored(server)
    return now[:2] == before[:2] and now[2] <= before[2]  # a picture may have been half made before


@pytest.mark.parametrize("form", [True, False], ids=["form", "raw"])
def test_an_upload_that_is_cut_leaves_nothing(shared, admin, form):
    before = _stored(shared)
    content = b"\r\n".join(
        [
            b"--x",
            b'Content-Disposition: form-data; name="file"; filename="a.bin"',
            b"Content-Type: application/octet-stream",
            b"",
            b"y" * 700_000,
        ]
    )
    media = "multipart/form-data; boundary=x" if form else "application/octet-stream"
    head = (
        f"POST /api/v3/documents?name=a.bin HTTP/1.1\r\nHost: x\r\nAuthorization: {admin.headers['authorization']}\r\n"
        f"Content-Type: {media}\r\nContent-Length: 1000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", shared.port)) as connection:
        connection.sendall(head.encode() + content)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(20)
        while connection.recv(65536):
            pass
    admin.eventually(lambda: _nothing_left(shared, before))


def test_an_upload_larger_than_allowed_leaves_nothing(shared, admin):
    before = _stored(shared)

    def endless():
        for _ in range(50):
            yield b"z" * 100_000

    refused = admin.post("/documents", params={"name": "big"}, content=endless())
    assert (refused.status_code, refused.json()["code"]) == (413, "upload_too_large")
    admin.eventually(lambda: _nothing_left(shared, before))


def test_a_range_beyond_the_end_is_refused(admin):
    stored = admin.post("/documents", params={"name": "a.txt"}, content=b"0123456789").json()
    address = f"/documents/{stored['handle']}/content"
    assert admin.get(address, headers={"range": "bytes=2-4"}).content == b"234"
    refused = admin.get(address, headers={"range": "bytes=10-"})
    assert (refused.status_code, refused.json()["code"]) == (416, "range_not_satisfiable")
