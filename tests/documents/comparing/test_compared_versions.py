"""Versions are a tree; what differs between two of them is told in text, values and pictures."""

import io

import pytest

from docchain.features.documents.previews.house import EVICTABLE

HTML = "<html><body><h1>INVOICE</h1><p>Subtotal: 1000.00 EUR</p><p>Total: {} EUR</p></body></html>"
WORKFLOW = """
workflow: read_invoice
inputs:
  document: {type: document}
steps:
  - id: text
    use: document.parse
    with: {document: "${inputs.document}"}
  - id: fields
    use: extract.fields
    with: {document: "${steps.text.document}", schema: {$ref: invoice}}
"""
BOTH = {"old": 1, "new": 2}


async def add_version(place, data: bytes, name: str, **params):
    answer = await place.client.post("/documents/document_1/versions", params={"name": name, **params}, content=data)
    assert answer.status_code == 201, answer.text
    return answer.json()["current"]


@pytest.fixture
async def changed(place):
    await place.upload(HTML.format("1210.00").encode(), "a.html")
    await add_version(place, HTML.format("1310.00").encode(), "a.html")
    return place


async def test_a_version_is_made_from_any_other(place):
    first = (await place.upload(b"one"))["current"]
    second = await add_version(place, b"two", "b.txt")
    third = await add_version(place, b"three", "c.txt", parent=1)
    assert (second["parent_version_id"], third["parent_version_id"]) == (first["id"], first["id"])
    missing = await place.client.post("/documents/document_1/versions?name=x&parent=9", content=b"x")
    assert (missing.status_code, missing.json()["code"]) == (404, "document_version_not_found")


async def test_an_old_version_is_put_on_top_again(place):
    first = (await place.upload(b"one", "uno.txt"))["current"]
    await add_version(place, b"two", "dos.txt")
    restored = (await place.client.post("/documents/document_1/versions/1/restore")).json()
    current = restored["current"]
    assert (current["number"], current["origin"], current["parent_version_id"]) == (3, "restore", first["id"])
    assert (restored["name"], current["sha256"]) == ("uno.txt", first["sha256"])
    assert (await place.client.get("/documents/document_1/content")).content == b"one"
    (event,) = await place.events("document.version_restored")
    assert (event["restored"], event["version"]) == (1, 3)
    stale = await place.client.post("/documents/document_1/versions/1/restore", headers={"if-match": '"1"'})
    assert stale.status_code == 412


async def test_texts_are_compared_line_by_line(changed):
    diff = (await changed.client.get("/documents/document_1/diff", params=BOTH)).json()
    assert (diff["text"]["added"], diff["text"]["removed"], diff["same_content"]) == (1, 1, False)
    assert "-Total: 1210.00 EUR" in diff["text"]["lines"]
    assert "+Total: 1310.00 EUR" in diff["text"]["lines"]
    assert 0.5 < diff["text"]["similarity"] < 1
    same = (await changed.client.get("/documents/document_1/diff", params={"old": 1, "new": 1})).json()
    assert (same["same_content"], same["text"]["lines"], same["text"]["similarity"]) == (True, [], 1.0)


async def test_values_that_were_read_are_compared(changed):
    answer = await changed.client.post(
        "/workflows/import", content=WORKFLOW.encode(), headers={"content-type": "application/yaml"}
    )
    assert answer.is_success, answer.text
    for number in (1, 2):
        version = (await changed.client.get(f"/documents/document_1/versions/{number}")).json()
        ran = await changed.client.post(
            "/workflows/workflow_1/execute", json={"parameters": {"document": version["id"]}, "wait": 30}
        )
        assert ran.json()["status"] == "succeeded", ran.text
    await changed.services.journal.catch_up()
    fields = (await changed.client.get("/documents/document_1/diff", params=BOTH)).json()["fields"]
    total = next(field for field in fields if field["name"] == "total")
    assert (total["old"]["amount"], total["new"]["amount"]) == ("1210.00", "1310.00")


def picture(*blots):
    from PIL import Image, ImageDraw  # noqa: PLC0415 - heavy

    image = Image.new("RGB", (800, 1000), "white")
    draw = ImageDraw.Draw(image)
    for blot in blots:
        draw.rectangle(blot, fill="black")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


async def test_pages_that_look_different_are_marked(place):
    from PIL import Image  # noqa: PLC0415 - heavy

    await place.upload(picture((80, 80, 400, 120)), "a.png")
    await add_version(place, picture((80, 80, 400, 120), (400, 600, 480, 640)), "a.png")
    told = (await place.client.get("/documents/document_1/diff/pages", params=BOTH)).json()
    (page,) = told["items"]
    assert (told["pages"], page["page"], page["missing"]) == (1, 1, None)
    assert 0.99 < page["similarity"] < 1
    ((x0, y0, x1, y1),) = page["changed"]
    assert (x0, y0) == pytest.approx((0.5, 0.6), abs=0.02)
    assert (x1, y1) == pytest.approx((0.6, 0.64), abs=0.02)
    shown = await place.client.get("/documents/document_1/diff/pages/1", params=BOTH)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    image = Image.open(io.BytesIO(shown.content)).convert("RGB")
    assert (220, 30, 30) in {color for _, color in image.getcolors(1_000_000)}
    missing = await place.client.get("/documents/document_1/diff/pages/2", params=BOTH)
    assert (missing.status_code, missing.json()["code"]) == (404, "page_not_found")


async def test_a_difference_is_made_once_and_kept_like_other_pictures(place):
    await place.upload(picture((80, 80, 400, 120)), "a.png")
    await add_version(place, picture((80, 80, 400, 120), (400, 600, 480, 640)), "a.png")
    before = (await place.client.get("/documents/document_1/diff/pages/1", params=BOTH)).content
    told = (await place.client.get("/documents/document_1/diff/pages", params=BOTH)).json()
    await place.services.processes.close()  # nobody is left to compare anything
    assert (await place.client.get("/documents/document_1/diff/pages/1", params=BOTH)).content == before
    assert "page difference" in EVICTABLE
    back = await place.client.get("/documents/document_1/diff/pages/1", params={"old": 2, "new": 1})
    assert back.status_code != 200  # the other way round is another picture
    assert len(told["items"][0]["changed"]) == 1


async def test_another_workspace_compares_nothing(changed):
    async with changed.stranger() as eve:
        for path in ("diff", "diff/pages", "diff/pages/1"):
            assert (await eve.get(f"/documents/document_1/{path}", params=BOTH)).status_code == 404
        assert (await eve.post("/documents/document_1/versions/1/restore")).status_code == 404
