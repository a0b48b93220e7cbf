"""The example documents are what `expected.json` says they are."""

import json
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "invoice_intake"
DOCUMENTS = EXAMPLE / "documents"
EXPECTED = {item["file"]: item for item in json.loads((EXAMPLE / "expected.json").read_text("utf-8"))["documents"]}


def test_every_document_has_an_answer_and_all_are_small():
    files = list(DOCUMENTS.iterdir())
    assert sorted(path.name for path in files) == sorted(EXPECTED)
    assert len(files) == 10
    assert sum(path.stat().st_size for path in files) < 400_000


def test_the_duplicate_is_byte_identical_and_the_damaged_file_does_not_open():
    copy = DOCUMENTS / "factura_jardineria_copia.pdf"
    assert EXPECTED[copy.name]["duplicate_of"] == "factura_jardineria.pdf"
    assert copy.read_bytes() == (DOCUMENTS / "factura_jardineria.pdf").read_bytes()
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(DOCUMENTS / "factura_danada.pdf")


def test_the_scan_has_no_text_layer():
    pages = pypdfium2.PdfDocument(DOCUMENTS / "factura_fontaneria_escaneada.pdf")
    assert [page.get_textpage().get_text_range() for page in pages] == [""]


def test_only_the_print_shop_does_not_add_up():
    wrong = []
    for name, item in EXPECTED.items():
        net, tax, total = (Decimal(item["fields"].get(key, {}).get("value", 0)) for key in ("net", "tax", "total"))
        if net + tax != total:
            wrong.append(name)
    assert wrong == ["invoice_print_shop.pdf"]
    assert EXPECTED["invoice_print_shop.pdf"]["faults"] == ["arithmetic"]


def test_the_limit_of_1000_splits_the_totals():
    totals = [Decimal(item["fields"]["total"]["value"]) for item in EXPECTED.values() if item["fields"]]
    assert sum(total > 1000 for total in totals) == 3
    assert sum(total < 1000 for total in totals) == 6
