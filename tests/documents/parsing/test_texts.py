"""Texts that are kept: read once, gone on with after a cut, and whole but for the pages nobody can read."""

import asyncio
import io
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import made
import pytest

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepError
from docchain.features.documents.artefacts.shelf import ArtefactShelf, Source
from docchain.features.documents.artefacts.tables import ArtefactRow
from docchain.features.documents.artefacts.texts import ParsedTexts
from docchain.features.documents.children import Children, ChildStopped
from docchain.features.documents.contents import Contents
from docchain.features.documents.parsing.options import Budget, Options
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.local_blobs import LocalBlobs
from docchain.platform.processes import ProcessPool
from docchain.platform.work import SYSTEM

HERE = new_id()
EVERY_PAGE = Budget(batch=0.0, page=60.0)
AT_ONCE = Budget(batch=600.0, page=60.0)


class Counting(Children):
    """Says which batches were read, and can break off after some."""

    def __init__(self, pool, timeout, most=1_000):
        super().__init__(pool, timeout)
        self.calls = 0
        self.most = most

    async def call(self, target, *args, given=None):
        if self.calls == self.most:
            raise asyncio.CancelledError
        self.calls += 1
        return await super().call(target, *args, given=given)


@pytest.fixture
async def house(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/app.db")
    await database.write(lambda work: ArtefactRow.metadata.create_all(work.session.connection()), SYSTEM)
    pool = ProcessPool(1)
    contents = Contents(LocalBlobs(tmp_path / "blobs"))
    yield SimpleNamespace(contents=contents, pool=pool, shelf=ArtefactShelf(database, contents), children=None)
    await pool.close()
    await database.close()


async def stored(house, data, name="acta.pdf", media_type="application/pdf"):
    kept = await house.contents.blobs.put(HERE, data)
    return Source(HERE, kept.sha256, name, media_type)


def texts_of(house, budget=AT_ONCE, most=1_000):
    house.children = Counting(house.pool, 60.0, most)
    return ParsedTexts(house.contents, house.children, house.shelf, budget=budget)


def pages(count):
    return made.pdf(
        "\n#pagebreak()\n".join(f"Folio número {number} del acta de la junta" for number in range(1, count + 1))
    )


async def test_a_content_is_read_once_whatever_its_documents_are_called(house):
    source = await stored(house, made.pdf("Factura de la luz de marzo de 2024, importe total 81,20 euros"))
    texts = texts_of(house)

    first, second = await asyncio.gather(texts.of(source), texts.of(source))
    other = await texts.of(Source(HERE, source.sha256, "copia.pdf", "application/pdf"))

    assert house.children.calls == 1
    assert first.text == second.text == other.text == "Factura de la luz de marzo de 2024, importe total 81,20 euros"
    assert (first.pages, first.language, first.read) == (1, "es", {"text": 1})
    page = (await texts.document(source, first)).pages[0]
    assert page.words[0].text == "Factura"
    assert page.words[0].box[0] == pytest.approx(70.9, abs=0.5)


async def test_other_options_are_another_text(house):
    source = await stored(house, made.pdf("Texto con capa"))
    texts = texts_of(house)

    assert (await texts.of(source)).read == {"text": 1}
    assert (await texts.of(source, Options(ocr="always"))).read == {"ocr": 1}
    assert house.children.calls == 2


async def test_a_parse_that_is_cut_goes_on_at_the_page_it_reached(house):
    source = await stored(house, pages(6))
    with pytest.raises(asyncio.CancelledError):
        await texts_of(house, EVERY_PAGE, most=4).of(source)

    texts = texts_of(house, EVERY_PAGE)
    text = await texts.of(source)

    assert house.children.calls == 3  # pages 5 and 6, and the look for a seventh
    assert text.pages == 6
    document = await texts.document(source, text)
    assert [page.number for page in document.pages] == [1, 2, 3, 4, 5, 6]
    assert document.text.split("\n\n")[4] == "Folio número 5 del acta de la junta"
    assert await house.shelf.parts(source, "text part", "") == []


async def test_pages_that_were_read_outlive_a_killed_child(house):
    source = await stored(house, pages(400))
    texts = texts_of(house)

    killing = asyncio.to_thread(kill_reader, house)

    text, _ = await asyncio.gather(texts.of(source), killing)

    assert (text.pages, text.problems) == (400, {})
    assert house.children.calls == 2


def kill_reader(house):
    """Kill the child once it has read some pages."""
    deadline = time.monotonic() + 30
    while not any(file.read_bytes().startswith(b'{"page"') for file in spooled(house)):
        assert time.monotonic() < deadline
    (child,) = readers(house)
    os.kill(child, signal.SIGKILL)


def readers(house):
    """Children that work on a file of this house: other tests of this process may have left children of their own."""
    listed = [file.read_text() for file in Path("/proc/self/task").glob("*/children")]
    return [pid for pid in map(int, " ".join(listed).split()) if any(map(house_holds(house), opened(pid)))]


def house_holds(house):
    folder = f"{house.pool.spool._folder}/"  # noqa: SLF001 - as below
    return lambda path: path.startswith(folder)


def opened(pid):
    with suppress(OSError):  # it or one of its files went meanwhile
        for link in Path(f"/proc/{pid}/fd").iterdir():
            yield str(link.readlink())


def spooled(house):
    folder = house.pool.spool._folder  # noqa: SLF001 - nothing public says what lies there
    return [] if folder is None else list(folder.iterdir())


class DiesAtTheEnd(Counting):
    """Its first calls end behind the last page, before they could say so."""

    def __init__(self, pool, times):
        super().__init__(pool, 60.0)
        self.times = times

    async def call(self, target, *args, given=None):
        answer = await super().call(target, *args, given=given)
        if self.calls <= self.times:
            raise ChildStopped("The child process died.", FailureClass.UNAVAILABLE)
        return answer


async def test_a_child_that_dies_behind_its_last_page_is_followed_by_another(house):
    source = await stored(house, pages(3))
    children = DiesAtTheEnd(house.pool, 1)

    text = await ParsedTexts(house.contents, children, house.shelf, budget=AT_ONCE).of(source)

    assert (text.read, children.calls) == ({"text": 3}, 2)


async def test_a_child_that_dies_where_the_one_before_it_died_is_the_last(house):
    source = await stored(house, pages(3))
    children = DiesAtTheEnd(house.pool, 9)

    with pytest.raises(ChildStopped):
        await ParsedTexts(house.contents, children, house.shelf, budget=AT_ONCE).of(source)

    assert children.calls == 2


def broken_page() -> bytes:
    """Three pages; the second one's object is a number."""
    import pikepdf  # noqa: PLC0415 - only here

    with pikepdf.open(io.BytesIO(pages(3))) as document:
        document.Root.Pages.Kids[1] = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Nothing))
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


async def test_a_bad_page_leaves_the_others_and_says_so(house):
    source = await stored(house, broken_page())

    text = await texts_of(house).of(source)

    assert text.read == {"text": 2, "unread": 1}
    assert text.problems == {"2": "cannot be read; export the file again"}
    assert text.warnings == ("acta.pdf: page 2 cannot be read; export the file again.",)


async def test_a_page_that_takes_too_long_is_left_out(house):
    scan = made.image(made.pdf("#set text(size: 14pt)\nImporte total: 1.234,50 €"), dpi=150)
    source = await stored(house, made.pdf_of("Un texto que se lee al momento", scan))

    text = await texts_of(house, Budget(batch=60.0, page=0.15)).of(source)

    assert text.read == {"text": 1, "unread": 1}
    assert text.text == "Un texto que se lee al momento\n\n"
    assert text.problems["2"].startswith("was left out: The child process that ran")


async def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_kept(house):
    source = await stored(house, b"%PDF-1.7\nnada")
    texts = texts_of(house)

    with pytest.raises(StepError, match=r"acta\.pdf is not a readable PDF"):
        await texts.of(source)
    assert await texts.known(source) is None


async def test_text_in_pictures_beside_text_is_read_when_asked(house):
    scan = made.image(made.pdf("#set page(width: 8cm, height: 2cm, margin: 4mm)\n#set text(size: 16pt)\nSello 4711"))
    with_picture = made.pdf_of("#set page(margin: 2cm)\nUn contrato con su sello al pie", scan)
    source = await stored(house, one_page(with_picture))

    plain = await texts_of(house).of(source)
    both = await texts_of(house).of(source, Options(ocr="pictures"))

    assert (plain.read, "4711" in plain.text) == ({"text": 1}, False)
    assert (both.read, "4711" in both.text) == ({"mixed": 1}, True)


def one_page(data: bytes) -> bytes:
    """Both pages' content on one."""
    import pikepdf  # noqa: PLC0415 - only here

    with pikepdf.open(io.BytesIO(data)) as document:
        document.pages[0].add_overlay(document.pages[1], pikepdf.Rectangle(50, 100, 350, 300))
        del document.pages[1]
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


async def test_what_wants_too_much_memory_is_tried_twice_and_then_only_with_more(house):
    source = await stored(house, b"a " * 1_500_000, "palabras.txt", "text/plain")
    small, large = ProcessPool(1, 128 * 1024**2), ProcessPool(1, 4 * 1024**3)
    children, more = Counting(small, 60.0), Counting(large, 120.0)
    texts = ParsedTexts(house.contents, children, house.shelf)
    try:
        with pytest.raises(StepError, match=r"^This work wanted more than 128 MiB of memory\.$"):
            await texts.of(source)
        with pytest.raises(StepError) as again:
            await texts.of(source)
        read = await ParsedTexts(house.contents, more, house.shelf).of(source)
    finally:
        await small.close()
        await large.close()

    assert (children.calls, more.calls) == (2, 1)
    assert str(again.value) == "palabras.txt cannot be read: This work wanted more than 128 MiB of memory."
    assert again.value.failure is FailureClass.RESOURCE
    assert again.value.hint == "Raise DOCCHAIN_PROCESS_MEMORY_MB, or split the document."
    assert read.text.startswith("a a a")
