"""What a spreadsheet shows: exact amounts in the reader's notation, and never a formula."""

import csv
import io
import json
import tracemalloc
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from docchain.features.documents.data_out.flattening import rows_of
from docchain.features.documents.data_out.gathering import Gathered
from docchain.features.documents.data_out.locales import LOCALES
from docchain.features.documents.data_out.writing import harmless

INVOICE = {
    "number": "2026-118",
    "date": "2026-11-03",
    "seller": '=HYPERLINK("http://evil")',
    "total": {"amount": "-1234567.50", "currency": "EUR"},
    "paid": True,
    "lines": [
        {"description": "Lavanda", "quantity": "20", "amount": {"amount": "80.00", "currency": "EUR"}, "path": "/x"},
        {"description": "+34 600", "quantity": "1.5", "amount": {"amount": "4.00", "currency": "EUR"}, "path": "/y"},
    ],
}


@pytest.fixture
def file_of(tmp_path):
    """The file that rows become."""

    def made(format_, locale="raw", lines="none", columns=()):
        kept, path = tmp_path / "kept", tmp_path / "made"
        kept.unlink(missing_ok=True)
        kept.touch()
        gathered = Gathered(kept, columns)
        gathered.add(rows_of({"document": "document_7"}, INVOICE, lines))
        gathered.write(path, format_, locale)
        return path

    return made


def test_csv_as_spain_reads_it(file_of):
    text = file_of("csv", "es", "rows").read_text("utf-8-sig")

    assert text.splitlines()[0] == (
        "documento;número;fecha;emisor;total;total (moneda);paid;"
        "línea;línea (descripción);línea (cantidad);línea (importe);línea (importe, moneda)"
    )
    assert text.splitlines()[1] == (
        'document_7;2026-118;03/11/2026;"\'=HYPERLINK(""http://evil"")";-1.234.567,50;EUR;sí;1;Lavanda;20;80,00;EUR'
    )
    assert text.splitlines()[2].endswith(";2;'+34 600;1,5;4,00;EUR")


def test_csv_for_machines(file_of):
    rows = list(csv.DictReader(io.StringIO(file_of("csv").read_text("utf-8"))))

    assert rows == [
        {
            "document": "document_7",
            "number": "2026-118",
            "date": "2026-11-03",
            "seller": '\'=HYPERLINK("http://evil")',
            "total": "-1234567.50",
            "total.currency": "EUR",
            "paid": "true",
        }
    ]


def test_json_keeps_amounts_exact(file_of):
    [row] = json.loads(file_of("json").read_text())

    assert (row["total"], row["total.currency"], row["date"], row["paid"]) == ("-1234567.50", "EUR", "2026-11-03", True)
    assert row["seller"] == '=HYPERLINK("http://evil")'
    assert json.loads(file_of("json", "es").read_text())[0]["total"] == "-1.234.567,50"


def test_xlsx_has_real_numbers_and_dates_and_no_formula(file_of):
    path = file_of("xlsx", "es", "rows", columns=["number", "date", "seller", "total", "line.description"])
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()

    assert sheet[0] == ["número", "fecha", "emisor", "total", "línea (descripción)"]
    assert sheet[1] == ["2026-118", date(2026, 11, 3), '=HYPERLINK("http://evil")', -1234567.5, "Lavanda"]
    assert len(sheet) == 3
    with zipfile.ZipFile(path) as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    assert 'formatCode="dd/mm/yyyy"' in styles


def test_the_same_rows_make_the_same_file(file_of):
    assert file_of("xlsx").read_bytes() == file_of("xlsx").read_bytes()


@given(st.text(max_size=20))
def test_no_text_begins_like_a_formula(text):
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_spanish_numbers_read_back_exactly(number):
    text = LOCALES["es"].number(number)

    assert Decimal(text.replace(".", "").replace(",", ".")) == number


def test_memory_stays_flat(tmp_path):
    kept, made = tmp_path / "kept", tmp_path / "made"
    kept.touch()
    gathered = Gathered(kept)
    row = {"document": "document_7", "text": "x" * 500, "total": Decimal("1.00")}
    tracemalloc.start()
    for _ in range(20):
        gathered.add(row for _ in range(500))
    assert gathered.write(made, "xlsx", "es") == 10_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert kept.stat().st_size > 5_000_000
    assert peak < 3_000_000
