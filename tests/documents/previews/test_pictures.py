"""Thumbnails and pages: drawn once, of every kind of document, told about while they are made, never fetched from."""

import asyncio
import io
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import made
import pytest
from PIL import Image, ImageDraw
from preview_place import a_place

from docchain.engine.failures import FailureClass
from docchain.features.documents.children import NoRoom
from docchain.features.documents.previews.background import PreviewLoop
from docchain.features.documents.previews.errors import PreviewDelayed
from docchain.features.documents.previews.wanted import Sheet

TWO_PAGES = """
#set page(paper: "a4", fill: red)
Uno
#pagebreak()
#set page(fill: blue)
Dos
"""


def photo(width: int, height: int) -> bytes:
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).rectangle((0, 0, width // 2, height), fill="green")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


async def test_a_thumbnail_shows_the_first_page_in_its_box(place):
    document = await place.upload(made.pdf(TWO_PAGES), "carta.pdf")

    small, large = [await place.picture(f"/documents/{document}/thumbnail", size=size) for size in (64, 512)]

    assert (small.format, small.size) == ("WEBP", (46, 64))
    assert large.size == (363, 512)
    red, green, blue = large.getpixel((300, 500))
    assert red > 200
    assert max(green, blue) < 90


async def test_every_page_is_drawn_as_wide_as_wanted(place):
    document = await place.upload(made.pdf(TWO_PAGES), "carta.pdf")

    second = await place.picture(f"/documents/{document}/pages/2.png", width=390)

    assert (second.format, second.size) == ("PNG", (400, 566))
    red, _, blue = second.getpixel((300, 500))
    assert blue > 200 > red
    missing = await place.get(f"/documents/{document}/pages/3.png")
    assert missing.status_code == 404
    assert missing.json()["detail"] == "carta.pdf has no page 3, only 2."
    assert (await place.get(f"/documents/{document}/pages/3.gif")).status_code == 422


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("foto.jpg", photo(3000, 2000)),
        ("informe.docx", made.docx("# Informe", "Un párrafo", [["a", "b"], ["1", "2"]])),
        ("hoja.xlsx", made.xlsx(Ventas=[["Mes", "Importe"], ["Enero", 12.5]])),
        ("charla.pptx", made.pptx(["Hola", "Mundo"])),
        ("aviso.eml", made.eml("Aviso de pago", "Le recordamos <b>la</b> factura #12.\n\nUn saludo")),
        ("notas.md", b"# Notas\n\n- uno\n- dos"),
        ("notas.txt", "línea #1\n$x$ *no* es fórmula".encode()),
        ("datos.csv", b"a;b\n1;2\n"),
        ("pagina.html", b"<html><body><h1>Hola</h1></body></html>"),
    ],
)
async def test_every_kind_of_document_has_a_picture(place, name, data):
    document = await place.upload(data, name)

    thumbnail = await place.picture(f"/documents/{document}/thumbnail")
    page = await place.picture(f"/documents/{document}/pages/1.webp", width=600)

    assert max(thumbnail.size) == 256
    assert page.size[0] == 600
    dark = sum(count for count, value in page.convert("L").getcolors(100_000) if value < 140)
    assert dark > 40


async def test_what_a_document_refers_to_is_not_fetched(place):
    asked = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    at = f"http://127.0.0.1:{server.server_port}"
    html = f'<html><head><link rel=stylesheet href="{at}/a.css"></head><body><img src="{at}/b.png">Hola</body></html>'
    try:
        for name, text in (("a.html", html), ("a.md", f"![x]({at}/c.png)"), ("a.md", '![x](/etc/passwd) #read("/x")')):
            document = await place.upload(text.encode(), name)
            await place.picture(f"/documents/{document}/thumbnail")
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


async def test_a_client_keeps_what_never_changes(place):
    document = await place.upload(made.pdf("Hola"), "a.pdf")

    present = await place.get(f"/documents/{document}/thumbnail")
    first = await place.get(f"/documents/{document}/thumbnail", version=1)
    again = await place.get(f"/documents/{document}/thumbnail", {"if-none-match": first.headers["etag"]}, version=1)

    assert present.headers["cache-control"] == "private, no-cache"
    assert first.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert first.headers["content-length"] == str(len(first.content))
    assert (again.status_code, again.content) == (304, b"")


async def test_what_cannot_be_shown_says_why_and_is_not_tried_again(place):
    document = await place.upload(b"%PDF-1.7\nnada", "roto.pdf")

    answers = [await place.get(f"/documents/{document}/thumbnail") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [404, 404]
    problem = answers[0].json()
    assert problem["code"] == "preview_impossible"
    assert problem["detail"] == ("roto.pdf is not a readable PDF: the file is damaged or incomplete; export it again.")


async def test_a_picture_that_unpacks_to_too_much_is_refused(tmp_path):
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    async with a_place(tmp_path) as place:
        document = await place.upload(out.getvalue(), "bomba.png")
        answer = await place.get(f"/documents/{document}/thumbnail")

    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("bomba.png is larger than 100 megapixels")


async def test_who_comes_too_early_is_told_so(tmp_path):
    async with a_place(tmp_path, preview_wait=0.0) as place:
        document = await place.upload(made.pdf("Hola"), "a.pdf")

        early = await place.client.get(f"/documents/{document}/thumbnail")
        late = await place.get(f"/documents/{document}/thumbnail")

    assert early.status_code == 202
    assert early.json() == {
        "status": "being_made",
        "detail": "The thumbnail of a.pdf is being made; ask again in 2 seconds.",
    }
    assert late.status_code == 200


async def test_thumbnails_are_made_in_the_background_once(tmp_path):
    async with a_place(tmp_path, previews="on_demand") as place:
        beside = place.services.beside
        loop = PreviewLoop(place.services.database, beside.previews, timedelta(days=30))
        documents = [await place.upload(made.pdf(f"Hola {number}"), f"{number}.pdf") for number in range(3)]

        assert await loop.catch_up() == 3
        assert await loop.catch_up() == 0
        drawn = []
        beside.previews._draw = lambda *given: drawn.append(given)  # noqa: SLF001 - nothing may be drawn any more
        for document in documents:
            assert (await place.client.get(f"/documents/{document}/thumbnail")).status_code == 200
    assert drawn == []


async def test_a_server_makes_them_by_itself(tmp_path):
    async with a_place(tmp_path, previews="background", preview_wait=0.0) as place:
        document = await place.upload(made.pdf("Hola"), "a.pdf")
        shelf, source = place.services.beside.previews.shelf, await source_of(place, document)
        async with asyncio.timeout(60):
            while not await shelf.parts(source, "thumbnail", ""):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
        assert (await place.client.get(f"/documents/{document}/thumbnail")).status_code == 200


async def source_of(place, document):
    from docchain.features.documents import DocumentService, Source  # noqa: PLC0415 - only here

    token = place.client.headers["authorization"].partition(" ")[2]
    actor = await place.services.authenticate(token, None)
    version = await place.services.database.read(lambda work: DocumentService(work).version(document), actor)
    return Source(actor.workspace_id, version.sha256, version.name, version.media_type)


async def test_pictures_nobody_looks_at_are_dropped_and_made_again(place):
    document = await place.upload(made.pdf("Hola"), "a.pdf")
    before = await place.get(f"/documents/{document}/thumbnail")
    loop = PreviewLoop(place.services.database, place.services.beside.previews, timedelta(seconds=-1))

    assert await loop.drop_unused() == 1
    after = await place.get(f"/documents/{document}/thumbnail")

    assert after.content == before.content


async def test_a_full_disk_is_not_taken_for_a_fault_of_the_document(place):
    source = await source_of(place, await place.upload(made.pdf("Hola"), "a.pdf"))
    previews = place.services.beside.previews

    async def without_room(_made):
        raise NoRoom("There was no room on the disk.", FailureClass.RESOURCE)

    async def with_room(made):
        made.write_bytes(b"picture")
        return "image/png", {}

    with pytest.raises(PreviewDelayed):
        await previews.difference(source, source, Sheet(1, 800, "png"), without_room)
    kept = await previews.difference(source, source, Sheet(1, 800, "png"), with_room)

    assert kept.size == 7


async def test_collecting_garbage_keeps_pictures(place):
    document = await place.upload(made.pdf("Hola"), "a.pdf")
    sha = (await place.get(f"/documents/{document}/thumbnail")).headers["etag"].strip('"')
    token = place.client.headers["authorization"].partition(" ")[2]
    actor = await place.services.authenticate(token, None)

    collector = place.services.storage.collector
    collector._grace = timedelta(seconds=-60)  # noqa: SLF001 - everything is old enough
    told = {verdict.sha256: verdict async for verdict in collector.collect(actor, dry_run=False)}

    assert told[sha].kept
    assert told[sha].reason.startswith("it is the thumbnail of content ")
    assert (await place.get(f"/documents/{document}/thumbnail")).status_code == 200


async def test_pictures_can_be_switched_off(tmp_path):
    async with a_place(tmp_path, previews="off") as place:
        document = await place.upload(made.pdf("Hola"), "a.pdf")
        answer = await place.client.get(f"/documents/{document}/thumbnail")

    assert (answer.status_code, answer.json()["code"]) == (404, "previews_off")
