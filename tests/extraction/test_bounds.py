"""Whatever a document says, reading it ends soon and never raises."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docchain.features.documents import Page, ParsedDocument, Word
from docchain.features.extraction.extract import extract
from docchain.features.extraction.results import Extraction

SECONDS = 2.0
PIECES = [
    "Total",
    "IVA",
    "21%",
    "1.234,56",
    "€",
    "Factura",
    "nº",
    "01/02/2024",
    "B58378431",
    "S.L.",
    "Cliente:",
    "Importe",
]
WORDS = st.one_of(st.sampled_from(PIECES), st.text(min_size=1, max_size=12))
PLACES = st.tuples(st.floats(-50, 700), st.floats(-50, 900), st.floats(0, 120), st.floats(0, 40))


@given(st.lists(st.tuples(WORDS, PLACES), max_size=60), st.sampled_from(["text", "ocr", "grid"]))
@settings(max_examples=150, deadline=None)
def test_no_words_in_any_place_break_it(given_words, source):
    words = [Word(text, (x, y, x + wide, y + high), 0) for text, (x, y, wide, high) in given_words]

    found = extract(ParsedDocument("x", "", [Page(1, 612.0, 842.0, source, words)]), "invoice", {"today": "2026-01-01"})

    assert isinstance(found, Extraction)
    assert all(0 <= value.confidence <= 1 for value in found.fields.values())


@pytest.mark.parametrize(
    "text", ["invoice", "Total", "1.00", "B58378431", "01/02/2024", "ES12", "1" * 5000, "a ", "mayo", "Acme", "ab:cd"]
)
@pytest.mark.parametrize("columns", [1, 40, 3000])
def test_a_monstrous_document_is_done_in_time(text, columns):
    words = [_word(text, number, columns) for number in range(10_000)]
    pages = [Page(number, 612.0, 842.0, "ocr", words) for number in range(1, 41)]

    began = time.process_time()
    extract(ParsedDocument("x", "", pages), "invoice", {})

    assert time.process_time() - began < SECONDS


def _word(text, number, columns):
    row, column = divmod(number, columns)
    return Word(text, (column * 15.0, row * 3.0, column * 15.0 + 14, row * 3.0 + 2.8), row)
