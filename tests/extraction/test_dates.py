from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docchain.features.extraction.dates import match_date, order_of, parse_date

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2079, 12, 31))
MONTHS = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12 de marzo de 2025", "2025-03-12"),
        ("9. Mai 2023", "2023-05-09"),
        ("August 6 , 2021", "2021-08-06"),
        ("3rd August 2019", "2019-08-03"),
        ("Sept 5, 2025", "2025-09-05"),
        ("04 Juillet 2022", "2022-07-04"),
        ("1er août 2024", "2024-08-01"),
        ("lunes, 3 de febrero de 2025", "2025-02-03"),
        ("12-mar-2025", "2025-03-12"),
        ("05.11.24", "2024-11-05"),
        ("8-9-2021", "2021-09-08"),
        ("2024-02-29", "2024-02-29"),
        ("2026-03-18T11:42:05", "2026-03-18"),
        ("31/12/2024", "2024-12-31"),
    ],
)
def test_a_date_is_read_as_people_print_it(text, day):
    assert parse_date(text) == date.fromisoformat(day)


@pytest.mark.parametrize("text", ["31/02/2024", "2024", "12/2024", "99-99-9999", "3 de foo de 2024", "1.234,56", ""])
def test_what_is_no_date_is_refused(text):
    assert parse_date(text) is None


def test_one_clear_date_decides_the_order_of_all():
    assert order_of([match_date("03/04/2025"), match_date("04/25/2025")], american=False) == ("mdy", True)
    assert order_of([match_date("03/04/2025"), match_date("25/04/2025")], american=True) == ("dmy", True)
    assert order_of([match_date("03/04/2025")], american=True) == ("mdy", False)
    assert order_of([match_date("03/04/2025")], american=False) == ("dmy", False)


@given(DAYS, st.sampled_from("/.-"))
def test_numeric_dates_are_read_back_in_both_orders(day, mark):
    assert parse_date(f"{day.day:02}{mark}{day.month:02}{mark}{day.year}", "dmy") == day
    swapped = parse_date(f"{day.month:02}{mark}{day.day:02}{mark}{day.year}", "mdy")
    assert swapped == day


@given(DAYS, st.sampled_from(sorted(MONTHS)))
def test_dates_with_a_month_name_are_read_back_in_every_language(day, language):
    name = MONTHS[language].split()[day.month - 1]

    assert parse_date(f"{day.day} de {name} de {day.year}") == day
    assert parse_date(f"{day.day}. {name} {day.year}") == day
    assert parse_date(f"{name} {day.day}, {day.year}") == day


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    found = parse_date(text)

    assert found is None or isinstance(found, date)
