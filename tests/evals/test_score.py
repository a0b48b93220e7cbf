"""The score itself: each rule on one value, and a whole report on made-up results."""

import json
import sys
from pathlib import Path

import pytest

EVALS = Path(__file__).parents[2] / "evals"
sys.path.insert(0, str(EVALS))

from compare import covers, verdict  # noqa: E402  # the folder is on the path only now
from score import read_results, score  # noqa: E402


@pytest.mark.parametrize(
    ("field", "got", "expected", "found"),
    [
        ("number", "FV-26/ 00317", "FV-26/00317", "right"),
        ("number", "FV-26/00318", "FV-26/00317", "wrong"),
        ("date", "2026-03-12", "2026-03-12", "right"),
        ("date", "2026-12-03", "2026-03-12", "wrong"),
        ("total", 372.5, "372.50", "right"),
        ("total", "372,50", "372.50", "wrong"),
        ("currency", "eur", "EUR", "right"),
        ("seller_tax_id", "ES-B28297729", "B28297729", "right"),
        ("seller_tax_id", "B33953191", "B28297729", "wrong"),
        ("seller_name", "TALLERES ARGANZUELA S.L.", "Talleres Arganzuela, S.L.", "right"),
        ("seller_name", "Talleres", "Talleres Arganzuela, S.L.", "wrong"),
        ("total", None, "372.50", "missing"),
        ("due_date", "2026-03-12", None, "invented"),
        ("due_date", None, None, None),
    ],
)
def test_one_value(field, got, expected, found):
    assert verdict(field, got, {"value": expected}) == found


def test_a_second_fair_reading_is_right_too():
    assert verdict("net", "1418.90", {"value": "1354.90", "also": ["1418.90"]}) == "right"


def test_a_box_counts_when_it_covers_half_of_the_printed_text_on_the_same_page():
    truth = [[1, 100.0, 50.0, 140.0, 60.0]]
    assert covers(1, [115.0, 50.0, 160.0, 60.0], truth) is True
    assert covers(1, [130.0, 50.0, 170.0, 60.0], truth) is False
    assert covers(2, [100.0, 50.0, 140.0, 60.0], truth) is False


def test_the_report_counts_right_wrong_missing_and_accepted_values():
    answers = [
        {"file": "a.pdf", "fields": {"number": {"value": "7"}, "total": {"value": "10.00"}}, "partial": True},
        {"file": "b.pdf", "fields": {"number": {"value": "8"}, "total": {"value": "20.00"}}, "partial": True},
    ]
    results = [
        {"file": "in/a.pdf", "fields": {"number": {"value": "7"}, "total": {"value": "10"}}, "accepted": True},
        {"file": "in/b.pdf", "fields": {"number": {"value": "9"}}, "accepted": True},
    ]
    tally = score("Two", answers, read_results("working...\n" + "\n".join(json.dumps(item) for item in results)))
    assert tally.share() == 0.5
    assert tally.details == [
        "b.pdf: number wrong: '9', expected '8'  ACCEPTED",
        "b.pdf: total missing: None, expected '20.00'",
    ]
    report = tally.report()
    assert "fields right:                       50.0% (2 of 4)" in report
    assert "accepted without a person, right:   66.7% (2 of 3)" in report


def test_lines_are_matched_by_amount_and_description():
    expected = [{"description": "Bolt", "quantity": "2", "unit_price": "1.50", "amount": "3.00"}]
    lines = [
        {"description": "Nut", "quantity": 3, "unit_price": 1, "amount": 3},
        {"description": "Bolt", "quantity": 2, "unit_price": "1.5", "amount": "3.00"},
    ]
    answers = [{"file": "a.pdf", "fields": {}, "lines": expected}]
    tally = score("One", answers, {"a.pdf": {"fields": {"lines": {"value": lines}}}})
    assert dict(tally.lines) == {"expected": 1, "amount": 1, "described": 1, "whole": 1, "invented": 1}


def test_cells_of_a_line_are_money_numbers_or_fields_of_their_own():
    expected = [{"description": "Bolt", "quantity": "2.00", "unit_price": "1.50", "amount": "3.00"}]
    answers = [{"file": "a.pdf", "fields": {}, "lines": expected}]
    money = {"amount": {"amount": "3.0", "currency": "EUR"}, "unit_price": {"amount": "1.5", "currency": "EUR"}}
    for line in (money | {"quantity": 2}, {key: {"value": cell} for key, cell in money.items()} | {"quantity": 2.0}):
        tally = score("One", answers, {"a.pdf": {"fields": {"lines": {"value": [{"description": "Bolt"} | line]}}}})
        assert dict(tally.lines) == {"expected": 1, "amount": 1, "described": 1, "whole": 1, "invented": 0}
