"""Invoices in several layouts and languages: what a reader of the paper would say, value by value."""

import pytest
from papers import ARCHITECT, CATERING, FUELS, JOINERY, TOOLS, WORKSHOP

from docchain.features.documents import Page, ParsedDocument, Word
from docchain.features.extraction.extract import extract


def money(amount, currency="EUR"):
    return {"amount": amount, "currency": currency}


def test_a_spanish_invoice_in_two_columns(values):
    found = values(WORKSHOP)

    lines = found.pop("lines")
    assert found == {
        "number": "2025/0042",
        "date": "2025-04-03",
        "due_date": "2025-05-03",
        "seller": "Electrónica Sur, S.L.",
        "buyer": "Taller Hermanos Gil, S.L.",
        "seller_tax_id": "J99216582",
        "buyer_tax_id": "B58378431",
        "currency": "EUR",
        "net": money("335.00"),
        "tax": money("70.35"),
        "total": money("405.35"),
    }
    assert lines == [
        {"description": "Batería 12V", "quantity": 4, "unit_price": money("65.00"), "amount": money("260.00")},
        {"description": "Mano de obra", "quantity": 2.5, "unit_price": money("30.00"), "amount": money("75.00")},
    ]


def test_a_spanish_fee_note_with_retention(values):
    found = values(ARCHITECT)

    assert (found["number"], found["date"], found["due_date"]) == ("12-2025", "2025-06-30", "2025-07-30")
    assert (found["net"], found["tax"], found["total"]) == (money("2150.00"), money("451.50"), money("2279.00"))
    assert (found["seller"], found["seller_tax_id"]) == ("Ana Torres Vidal", "54362315K")
    assert (found["buyer"], found["buyer_tax_id"]) == ("Promociones Levante SL", "B58378431")
    assert [line["amount"]["amount"] for line in found["lines"]] == ["2000.00", "150.00"]


def test_an_american_invoice_with_months_first_tip_and_payment(values):
    found = values(CATERING)

    assert (found["number"], found["date"], found["due_date"]) == ("1009", "2025-03-04", "2025-04-03")
    assert found["net"] == money("745.00", "USD")
    assert found["tax"] == money("63.33", "USD")
    assert found["total"] == money("858.33", "USD")
    assert (found["seller"], found["buyer"]) == ("Northwind Catering Co.", "Acme Events LLC")


def test_a_french_invoice_with_blanks_in_thousands_and_a_deposit(values):
    found = values(JOINERY)

    assert (found["number"], found["date"], found["due_date"]) == ("F2025-118", "2025-04-14", "2025-05-14")
    assert (found["net"], found["tax"], found["total"]) == (money("1430.00"), money("286.00"), money("1716.00"))
    assert (found["seller"], found["seller_tax_id"]) == ("ATELIER DUBOIS SARL", "FR40303265045")
    assert found["buyer"] == "Boulangerie Martin SAS"
    assert [line["quantity"] for line in found["lines"]] == [1, 1]


def test_a_german_invoice_with_an_address_window_and_footer(values):
    found = values(TOOLS)

    assert (found["number"], found["date"], found["due_date"]) == ("R-2025-0771", "2025-02-03", "2025-02-17")
    assert (found["net"], found["tax"], found["total"]) == (money("419.70"), money("79.74"), money("499.44"))
    assert (found["seller"], found["seller_tax_id"]) == ("Hansen Werkzeugbau GmbH", "DE136695976")
    assert found["buyer"] == "Autohaus Lindner KG"
    assert [line["description"] for line in found["lines"]] == ["Drehmomentschlüssel 20-100 Nm", "Wartung Hebebühne"]


def test_an_irish_invoice_with_two_rates_and_labels_above_values(values):
    found = values(FUELS)

    assert (found["number"], found["date"], found["due_date"]) == ("774411", "2025-02-28", "2025-03-30")
    assert (found["net"], found["tax"], found["total"]) == (money("1835.00"), money("252.00"), money("2087.00"))
    assert (found["seller"], found["buyer"]) == ("O'Connor Fuels Ltd", "Shannon Hotels DAC")


def test_a_value_says_where_it_stands_and_why_it_is_believed(read):
    total = read(WORKSHOP).fields["total"]

    assert (total.text, total.page, total.box) == ("405,35 €", 1, (246.0, 216.0, 294.0, 226.0))
    assert total.method == "column “Total”; net, tax and total agree"
    assert total.confidence >= 0.95


@pytest.mark.parametrize("text", [WORKSHOP, CATERING, JOINERY, TOOLS, FUELS])
def test_amounts_that_agree_are_sure(read, text):
    fields = read(text).fields

    assert min(fields[name].confidence for name in ("net", "tax", "total")) > 0.9


def test_words_that_ocr_doubted_make_a_value_unsure(paper):
    clear = paper(WORKSHOP)
    words = [Word(word.text, word.box, word.line, 0.4) for word in clear.pages[0].words]
    doubted = ParsedDocument("image/png", "", [Page(1, 612.0, 842.0, "ocr", words)])

    assert extract(doubted, "invoice", {}).fields["total"].confidence < 0.85


def test_a_scan_that_is_slightly_turned_is_read_the_same(paper):
    def turned(word):
        x0, y0, x1, y1 = word.box
        return Word(word.text, (x0, y0 + 0.015 * x0, x1, y1 + 0.015 * x1), word.line, 0.97)

    words = [turned(word) for word in paper(TOOLS).pages[0].words]
    found = extract(ParsedDocument("image/png", "", [Page(1, 612.0, 842.0, "ocr", words)]), "invoice", {}).fields

    assert (found["number"].value, found["total"].value["amount"]) == ("R-2025-0771", "499.44")


def test_totals_on_a_second_page_belong_to_lines_on_the_first(values):
    first = WORKSHOP.split("Base imponible")[0]
    second = "Base imponible" + WORKSHOP.split("Base imponible")[1]

    found = values(first, second)

    assert found["total"] == money("405.35")
    assert len(found["lines"]) == 2


def test_other_numbers_and_dates_are_not_taken_for_the_invoices_own(values):
    found = values(
        """
Customer no. 4711     Order no. 8892-A     Delivery date 01/02/2025
Phone 020 7946 0000   IBAN GB33 BUKB 2020 1555 5555 55

Total due: £20.00
""".strip("\n")
    )

    assert "number" not in found
    assert "date" not in found
    assert found["total"] == money("20.00", "GBP")
