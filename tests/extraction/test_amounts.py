from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docchain.features.extraction.amounts import notation, parse_money, parse_number

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("1.234,56", None, "1234.56"),
        ("1,234.56", None, "1234.56"),
        ("1 234,56", None, "1234.56"),
        ("1'234.50", None, "1234.50"),
        ("1\u2019234\u2019567.50", None, "1234567.50"),
        ("12,34,567.00", None, "1234567.00"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("1,234", ".", "1234"),
        ("0,125", ".", "0.125"),
        ("31.75", ",", "31.75"),
        ("(8.17)", None, "-8.17"),
        ("8,17-", None, "-8.17"),
        ("\u22128,17", None, "-8.17"),
        (",50", None, "0.50"),
        ("42", None, "42"),
    ],
)
def test_a_number_is_read_in_any_notation(text, decimal, number):
    assert parse_number(text, decimal) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "12.03.2024", "1.23.456", "a1", "1,2,3", "1..2", "(5", "٣", "1" * 40, "12.345.67"]
)
def test_what_is_no_number_is_refused(text):
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("€410,00", "410.00", "EUR"),
        ("410,00€", "410.00", "EUR"),
        ("31.75 EUR", "31.75", "EUR"),
        ("US$1,200.00", "1200.00", "USD"),
        ("-£5.10", "-5.10", "GBP"),
        ("CHF 1'050.00", "1050.00", "CHF"),
        ("€-8,17", "-8.17", "EUR"),
        ("15,00.", "15.00", None),
    ],
)
def test_money_is_read_with_its_currency(text, amount, currency):
    assert parse_money(text) == (Decimal(amount), currency)


@pytest.mark.parametrize("text", ["m2", "12kg", "A-17", "5%", "€", "H2O"])
def test_what_only_looks_like_money_is_refused(text):
    assert parse_money(text) is None


def test_the_document_tells_its_decimal_mark():
    assert notation(["1.234,56", "3,50", "12.50"]) == ","
    assert notation(["1,234.56", "1,200"]) == "."
    assert notation(["17", "1.234"]) is None


@given(AMOUNTS)
def test_what_is_printed_in_the_english_way_is_read_back(amount):
    assert parse_number(f"{amount:,.2f}", ".") == amount


@given(AMOUNTS, st.sampled_from([".", " ", "\u00a0", "'"]))
def test_what_is_printed_in_the_continental_way_is_read_back(amount, group):
    printed = f"{amount:,.2f}".translate(str.maketrans({",": group, ".": ","}))

    assert parse_number(printed, ",") == amount
    assert parse_money(f"{printed} €", ",") == (amount, "EUR")


@given(st.text(max_size=60))
def test_no_text_breaks_the_readers(text):
    number, money = parse_number(text), parse_money(text)

    assert number is None or isinstance(number, Decimal)
    assert money is None or isinstance(money[0], Decimal)
