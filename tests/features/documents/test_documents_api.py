import hashlib
import os
import tracemalloc

import pytest

MEBIBYTE = 1024 * 1024
UPLOAD_MEBIBYTES = int(os.environ.get("DOCCHAIN_TEST_UPLOAD_MIB", "32"))


def files_below(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def chunks(*parts):
    for part in parts:
        yield part


def form(*parts: bytes, boundary: bytes = b"xyz") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


FORM = {"Content-Type": "multipart/form-data; boundary=xyz"}
FILE = b'Content-Disposition: form-data; name="file"; filename="../a.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF'


async def test_a_form_with_a_file_becomes_a_document(client):
    answer = await client.post("/documents", files={"file": ("Año 1.pdf", b"%PDF-1.7", "application/pdf")})

    assert (answer.status_code, answer.headers["location"]) == (201, "/api/v3/documents/document_1")
    document = answer.json()
    assert (document["handle"], document["name"], document["media_type"]) == (
        "document_1",
        "Año 1.pdf",
        "application/pdf",
    )
    assert document["current"]["sha256"] == hashlib.sha256(b"%PDF-1.7").hexdigest()
    assert (document["created_by"], document["current"]["number"], document["current"]["made_by"]) == ("ana", 1, None)
    assert (await client.get("/documents/document_1")).json() == document


async def test_a_raw_body_becomes_a_document_of_the_given_name(client):
    answer = await client.post(
        "/documents?name=datos.json", content=b'{"broken', headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["media_type"]) == ("datos.json", "application/json")


async def test_the_name_is_the_query_s_the_field_s_or_the_file_s(client):
    field = b'Content-Disposition: form-data; name="name"\r\n\r\nb.pdf'
    names = [
        (await client.post(path, content=form(*parts), headers=FORM)).json()["name"]
        for path, parts in (
            ("/documents", [FILE]),
            ("/documents", [FILE, field]),
            ("/documents", [field, FILE]),
            ("/documents?name=c.pdf", [field, FILE]),
        )
    ]

    assert names == ["a.pdf", "b.pdf", "b.pdf", "c.pdf"]


async def test_a_form_may_arrive_byte_by_byte(client):
    body = form(FILE + b"\r\n--xy\r\n" * 3)
    await client.post("/documents", content=chunks(*(body[at : at + 1] for at in range(len(body)))), headers=FORM)
    content = await client.get("/documents/document_1/content")

    assert content.content == b"%PDF" + b"\r\n--xy\r\n" * 3


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        (FORM, form(FILE)[:-6], 400, "upload_truncated"),
        (FORM, form(FILE)[:80], 400, "upload_truncated"),
        (FORM, b"", 400, "upload_truncated"),
        (FORM, b"no form at all", 422, "bad_upload"),
        (FORM, form(), 422, "bad_upload"),
        (FORM, form(b'Content-Disposition: form-data; name="a"\r\n\r\nb'), 422, "bad_upload"),
        (FORM, form(FILE, FILE), 422, "bad_upload"),
        (FORM, form(b'Content-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 70_000, FILE), 422, "bad_upload"),
        (FORM, form(b"X-Long: " + b"x" * 70_000 + b"\r\n\r\nx", FILE), 422, "bad_upload"),
        ({"Content-Type": "multipart/form-data"}, form(FILE), 422, "bad_upload"),
        (FORM, form(FILE[:-4]), 422, "bad_upload"),
        ({"Content-Type": "application/pdf"}, b"", 422, "bad_upload"),
    ],
)
async def test_a_broken_upload_is_refused_and_nothing_is_stored(client, house, headers, body, status, code):
    answer = await client.post("/documents", content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert files_below(house.folder / "blobs") == []
    assert (await client.get("/documents")).json()["items"] == []


@pytest.mark.parametrize("end", ["disconnect", "short"])
async def test_a_connection_that_is_cut_leaves_nothing(api, house, end):
    messages = [{"type": "http.request", "body": b"half", "more_body": end == "disconnect"}]
    if end == "disconnect":
        messages.append({"type": "http.disconnect"})
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    headers = [(b"authorization", b"Bearer ana"), (b"content-type", b"application/pdf"), (b"content-length", b"8")]
    scope = {
        "type": "http", "method": "POST", "path": "/api/v3/documents", "raw_path": b"", "query_string": b"",
        "headers": headers, "scheme": "http", "server": ("test", 80), "client": ("test", 1), "http_version": "1.1",
    }  # fmt: skip
    await api(scope, receive, send)

    assert sent[0]["status"] == 400
    assert b'"code":"upload_truncated"' in sent[1]["body"]
    assert files_below(house.folder / "blobs") == []


@pytest.mark.parametrize("declared", [True, False])
async def test_what_is_too_large_is_refused_and_nothing_is_stored(client, house, declared):
    house.services.settings.limits.max_upload_bytes = 1_000
    body = b"x" * 1_001
    answer = await client.post("/documents?name=a", content=body if declared else chunks(body[:600], body[600:]))

    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert answer.json()["detail"] == "A document may have up to 1,000 bytes."
    assert files_below(house.folder / "blobs") == []
    assert (await client.post("/documents?name=a", content=body[:1_000])).status_code == 201


async def test_a_body_far_beyond_the_limit_is_refused_before_it_is_read(client, house):
    house.services.settings.limits.max_upload_bytes = 1_000
    answer = await client.post("/documents", content=b"", headers={"Content-Length": str(10**12)})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_large_upload_and_download_need_little_memory(client):
    part = os.urandom(MEBIBYTE)
    digest = hashlib.sha256(part * UPLOAD_MEBIBYTES).hexdigest()
    head, tail = form(FILE.replace(b"a.pdf", b"a.bin").replace(b"/pdf", b"/octet-stream")).split(b"%PDF")
    tracemalloc.start()
    try:
        answer = await client.post(
            "/documents", content=chunks(head, *(part for _ in range(UPLOAD_MEBIBYTES)), tail), headers=FORM
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert answer.json()["current"]["sha256"] == digest
    assert answer.json()["current"]["size"] == UPLOAD_MEBIBYTES * MEBIBYTE
    assert peak < 12 * MEBIBYTE


async def test_a_download_is_a_safe_attachment(client):
    await client.post("/documents?name=Año%20%22x%22.html", content=b"<script>", headers={"Content-Type": "text/html"})
    answer = await client.get("/documents/document_1/content")

    assert (answer.status_code, answer.content) == (200, b"<script>")
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-length"] == "8"
    assert answer.headers["etag"] == f'"{hashlib.sha256(b"<script>").hexdigest()}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"A_o _x_.html\"; filename*=UTF-8''A%C3%B1o%20_x_.html"
    )
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("asked", "status", "content", "range_"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=3-1", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
    ],
)
async def test_a_part_can_be_downloaded(client, asked, status, content, range_):
    await client.post("/documents?name=a.txt", content=b"0123456789")
    answer = await client.get("/documents/document_1/content", headers={"Range": asked})

    assert (answer.status_code, answer.content) == (status, content)
    assert answer.headers.get("content-range") == range_


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=-0"])
async def test_a_part_that_is_not_there_is_refused(client, asked):
    await client.post("/documents?name=a.txt", content=b"0123456789")
    answer = await client.get("/documents/document_1/content", headers={"Range": asked})

    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")


async def test_what_the_client_has_is_not_sent_again(client):
    etag = f'"{(await client.post("/documents?name=a", content=b"abc")).json()["current"]["sha256"]}"'
    same = await client.get("/documents/document_1/content", headers={"If-None-Match": f'"other", W/{etag}'})
    other = await client.get("/documents/document_1/content", headers={"Range": "bytes=0-0", "If-Range": '"other"'})

    assert (same.status_code, same.content) == (304, b"")
    assert (other.status_code, other.content) == (200, b"abc")


async def test_the_same_request_with_the_same_key_makes_one_document(client):
    async def upload(key, body=b"one", path="/documents?name=a.txt"):
        return await client.post(path, content=body, headers={"Idempotency-Key": key})

    first, again, other = await upload("k1"), await upload("k1"), await upload("k2")
    version = await upload("k3", b"two", "/documents/document_1/versions")
    repeated = await upload("k3", b"two", "/documents/document_1/versions")
    reused = await upload("k1", b"something else")

    assert (again.status_code, again.json()) == (201, first.json())
    assert (first.json()["handle"], other.json()["handle"]) == ("document_1", "document_2")
    assert (version.json()["current"]["number"], repeated.json()["current"]["number"]) == (2, 2)
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")
    assert (await upload("k" * 256)).json()["code"] == "bad_idempotency_key"


async def test_versions_are_listed_and_downloaded_by_number(client):
    await client.post("/documents?name=a.txt", content=b"one")
    changed = await client.post("/documents/document_1/versions?name=b.txt", content=b"two")
    listed = (await client.get("/documents/document_1/versions", params={"total": True})).json()

    assert (changed.status_code, changed.json()["name"]) == (201, "b.txt")
    assert [(item["number"], item["name"]) for item in listed["items"]] == [(2, "b.txt"), (1, "a.txt")]
    assert listed["total"] == 2
    assert (await client.get("/documents/document_1/content")).content == b"two"
    assert (await client.get("/documents/document_1/versions/1/content")).content == b"one"
    assert (await client.get("/documents/document_1/versions/1")).json() == listed["items"][1]
    assert (await client.get("/documents/document_1/versions/3")).json()["code"] == "document_version_not_found"
    lineage = (await client.get("/documents/document_1/versions/1/lineage")).json()
    assert [version["number"] for version in lineage["versions"]] == [1]


async def test_a_version_for_a_missing_document_stores_nothing(client, house):
    answer = await client.post("/documents/document_9/versions", content=b"two")

    assert (answer.status_code, answer.json()["code"]) == (404, "document_not_found")
    assert files_below(house.folder / "blobs") == []


async def test_a_deleted_document_is_gone(client):
    await client.post("/documents?name=a.txt", content=b"one")

    assert (await client.delete("/documents/document_1", headers={"if-match": "*"})).status_code == 204
    for path in ("", "/content", "/versions", "/versions/1", "/lineage"):
        assert (await client.get(f"/documents/document_1{path}")).status_code == 404
    assert (await client.delete("/documents/document_1", headers={"if-match": "*"})).status_code == 404


async def test_bytes_that_are_lost_are_a_clear_error(client, house):
    await client.post("/documents?name=a.txt", content=b"one")
    for path in (house.folder / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    answer = await client.get("/documents/document_1/content")

    assert (answer.status_code, answer.json()["code"]) == (410, "blob_missing")


@pytest.mark.parametrize("place", ["content", "versions/1/content"])
async def test_the_head_of_a_download_has_its_headers_alone(client, place):
    await client.post("/documents?name=a.txt", content=b"0123456789")
    whole = await client.get(f"/documents/document_1/{place}")
    head = await client.head(f"/documents/document_1/{place}", headers={"Range": "bytes=0-3"})
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10")
    assert head.headers["etag"] == whole.headers["etag"]
    assert (await client.head("/documents/document_2/content")).status_code == 404


async def test_who_may_only_read_cannot_upload_and_strangers_see_nothing(client, house):
    guest, stranger = {"Authorization": "Bearer guest"}, {"Authorization": "Bearer eve"}
    document = (await client.post("/documents?name=a.txt", content=b"one")).json()

    assert (await client.get("/documents/document_1", headers=guest)).status_code == 200
    for method, path in (("POST", ""), ("POST", "/document_1/versions"), ("DELETE", "/document_1")):
        assert (await client.request(method, f"/documents{path}", content=b"x", headers=guest)).status_code == 403
    for name in ("document_1", document["id"]):
        assert (await client.get(f"/documents/{name}/content", headers=stranger)).status_code == 404
    assert len(files_below(house.folder / "blobs")) == 1


async def test_wrong_list_parameters_are_refused(client):
    for query in ("limit=0", "limit=201", "sort=name", "colour=red", "origin=nowhere"):
        assert (await client.get(f"/documents?{query}")).status_code == 422
    assert (await client.get("/documents?cursor=nonsense")).status_code == 400
