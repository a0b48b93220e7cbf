"""Parts of a parsed document, and what a child needs to have them."""

import subprocess
import sys

import msgspec
import pytest

from docchain.features.documents.parsing.model import Page, ParsedDocument, Word, decode
from docchain.features.documents.parsing.parts import ends_of, every_page, page_in, pages_in, text_in

CHILD_MB = 140
READ = """
import sys
from pathlib import Path
from docchain.features.extraction.extract import extract_file
extract_file(sys.argv[1], "invoice", {})
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def document(pages, words=2):
    def word(page, number):
        return Word(f"{page}.{number}", (72.0 + number, 90.5, 80.25 + number, 99.75), number // 10)

    made = [Page(page, 595, 842, "text", [word(page, n) for n in range(words)]) for page in range(1, pages + 1)]
    return ParsedDocument("application/pdf", "Factura 17", made, title="Uno", language="es", einvoice=b"<Invoice/>")


@pytest.fixture
def encoded():
    return msgspec.json.encode(document(20))


def test_the_ends_of_a_document_keep_their_page_numbers_and_all_that_is_not_a_page(encoded):
    ends = ends_of(encoded, 3, 2)

    assert [page.number for page in ends.pages] == [1, 2, 3, 19, 20]
    assert (ends.text, ends.title, ends.language, ends.einvoice) == ("Factura 17", "Uno", "es", b"<Invoice/>")
    assert ends.pages[4].words == [
        Word("20.0", (72.0, 90.5, 80.25, 99.75), 0),
        Word("20.1", (73.0, 90.5, 81.25, 99.75), 0),
    ]


def test_a_document_without_a_middle_is_whole(encoded):
    assert ends_of(encoded, 15, 5) == decode(encoded)


def test_one_page_all_pages_their_number_and_the_text(encoded):
    assert page_in(encoded, 20).number == 20
    assert page_in(encoded, 21) is None
    assert page_in(encoded, 0) is None
    assert [page.number for page in every_page(encoded)] == list(range(1, 21))
    assert pages_in(encoded) == 20
    assert text_in(encoded) == "Factura 17"


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_thousand_pages_of_five_hundred_words_are_searched_for_fields_in_little_memory(tmp_path):
    parsed = tmp_path / "thousand.json"
    parsed.write_bytes(msgspec.json.encode(document(1_000, 500)))
    megabytes = parsed.stat().st_size // 1024**2

    read = subprocess.run([sys.executable, "-c", READ, str(parsed)], capture_output=True, check=True)  # noqa: S603

    assert megabytes > 20
    assert int(read.stdout) // 1024 < CHILD_MB
