import pytest

from docchain.features.extraction.tax_ids import is_iban, plausible, proved, proved_by_label, shown


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("J99216582", "ES"),
        ("J-99216582", "ES"),
        ("ES J99216582", "ES"),
        ("54362315K", "ES"),
        ("DE 136 695 976", "DE"),
        ("NL004495445B01", "NL"),
        ("FR 40 303 265 045", "FR"),
        ("GB 980 7806 84", "GB"),
        ("CHE-107.787.577 MWST", "CH"),
        ("GODE561231GR8", "MX"),
    ],
)
def test_check_digits_prove_an_id_that_stands_alone(text, country):
    assert proved(text) == country


@pytest.mark.parametrize(
    "text",
    [
        "J99216583",
        "54362315A",
        "DE136695977",
        "2026-0148",
        "123456789",
        "FACTURA",
        "H87654321",
        "B00000000",
        "00000000T",
    ],
)
def test_a_wrong_check_digit_proves_nothing(text):
    assert proved(text) is None


def test_a_label_lets_national_numbers_count():
    assert proved_by_label("91-1144442") == "US"
    assert proved_by_label("501964843") == "PT"
    assert proved("501964843") is None


def test_an_id_is_shown_compact_but_an_american_one_keeps_its_hyphen():
    assert shown("DE 136 695 976") == "DE136695976"
    assert shown("J-99216582") == "J99216582"
    assert shown("91-1144442") == "91-1144442"


def test_ibans_and_phones_are_told_from_ids():
    assert is_iban("ES91 2100 0418 4502 0005 1332")
    assert not is_iban("ES91 2100 0418 4502 0005 1333")
    assert not plausible("Tel.")
