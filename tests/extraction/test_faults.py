"""What does not fit is said, with the field and what to do."""

from papers import CATERING, WORKSHOP


def faults(extraction):
    return [(fault.path, fault.code, fault.severity) for fault in extraction.faults]


def test_a_right_invoice_has_no_fault(read):
    assert faults(read(WORKSHOP)) == []


def test_net_and_tax_that_do_not_make_the_total_are_an_error(read):
    found = read(WORKSHOP.replace("405,35 €", "450,35 €"))

    assert ("total", "arithmetic", "error") in faults(found)
    message = next(fault.message for fault in found.faults if fault.code == "arithmetic")
    assert message == "Net 335.00 and tax 70.35 make 405.35, but the total says 450.35. Check the three amounts."
    assert found.fields["total"].confidence < 0.85


def test_a_wrong_check_digit_is_a_warning_at_its_party(read):
    assert faults(read(WORKSHOP.replace("J99216582", "J99216583"))) == [("seller_tax_id", "check_digit", "warning")]


def test_lines_that_do_not_add_up_are_a_warning(read):
    assert faults(read(WORKSHOP.replace("75,00", "85,00"))) == [("lines", "lines_sum", "warning")]


def test_a_date_after_today_is_named(read):
    assert faults(read(WORKSHOP, today="2025-04-01")) == [("date", "future", "warning")]
    assert faults(read(WORKSHOP, today="2023-04-01")) == [("date", "future", "error")]


def test_money_without_any_currency_is_named(read):
    bare = CATERING.replace("$", "")

    assert ("total", "currency_unknown", "warning") in faults(read(bare))


def test_an_empty_document_misses_what_is_required(read):
    found = read("")

    assert found.fields == {}
    assert found.missing["total"] == "no text could be read"
    assert faults(found) == [
        ("number", "missing", "error"),
        ("date", "missing", "error"),
        ("total", "missing", "error"),
    ]


def test_a_paper_of_another_kind_is_not_all_right(read):
    poem = "Caminante, son tus huellas\nel camino y nada más;"

    assert faults(read(poem, schema="contract")) == [("", "nothing_found", "error")]
    assert faults(read(poem, schema={"fields": {"colour": {"type": "text"}}})) == [("", "nothing_found", "error")]
