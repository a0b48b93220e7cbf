"""Driving licences by the numbers of their fields, and receipts that print less than invoices."""

EUROPEAN = """PERMISO DE CONDUCCIÓN   ESPAÑA
1. SERRANO GIL
2. LUCÍA
3. 09-11-1992  TERUEL
4a. 01-02-2022   4b. 01-02-2032   4c. 44/01
5. 18431265A
9. B
"""
AMERICAN = """UTAH USA   DRIVER LICENSE
4d DL 204417733
1 HOLM
2 PETRA JANE
3 DOB 04/05/1988
4b EXP 12/25/2030
15 SEX F
"""
TICKET = """Frutería Sol
Ticket: 0093      12/05/2026

Peras     2,10
Uvas      3,40

TOTAL     5,50 €
EFECTIVO  10,00 €
CAMBIO    4,50 €
"""


def test_a_european_licence(values):
    assert values(EUROPEAN, schema="identity") == {
        "surnames": "SERRANO GIL",
        "given_names": "LUCÍA",
        "birth_date": "1992-11-09",
        "expiry_date": "2032-02-01",
        "document_number": "18431265A",
    }


def test_an_american_licence_puts_months_first(values):
    assert values(AMERICAN, schema="identity") == {
        "surnames": "HOLM",
        "given_names": "PETRA JANE",
        "birth_date": "1988-04-05",
        "expiry_date": "2030-12-25",
        "document_number": "204417733",
        "sex": "F",
    }


def test_numbers_that_are_no_run_of_a_licence_mean_nothing(values):
    assert values("DRIVING LICENCE RENEWAL\n1. Fill in the form.\n2. Send it to us.", schema="identity") == {}


def test_a_passport_prints_months_as_words_and_dates_of_any_year(values):
    text = "PASSPORT\nPassport No. 533401372\nDate of birth\n12 MAR 1956\nDate of expiry\n04 JUN 2031\n"

    assert values(text, schema="identity") == {
        "document_number": "533401372",
        "birth_date": "1956-03-12",
        "expiry_date": "2031-06-04",
    }


def test_of_a_receipt_without_tax_no_net_is_told(values):
    found = values(TICKET, schema="receipt")

    assert "net" not in found
    assert found["total"] == {"amount": "5.50", "currency": "EUR"}
    assert found["payment"] == "Efectivo"


def test_a_printed_subtotal_is_the_net(values):
    found = values(TICKET.replace("TOTAL ", "Subtotal  5,50\nTOTAL "), schema="receipt")

    assert found["net"] == {"amount": "5.50", "currency": "EUR"}


def test_the_title_of_a_receipt_is_nobodys_name(values):
    assert "seller" not in values("DONATION RECEIPT\nDate: 2 November 2026\nAmount received: £150.00", schema="receipt")


def test_labels_side_by_side_are_nobodys_values(values):
    """Passports and residence cards print a row of labels over a row of values."""
    text = (
        "PASSPORT   PASAPORTE\n"
        "Passport No.      Surname / Apellidos      Nationality\n"
        "PAB123456         SERRANO CID              ESP\n"
        "Sex    Given names      Place of birth     Date of expiry\n"
        "M      IKER             BILBAO             10 OCT 2034\n"
    )

    assert values(text, schema="identity") == {
        "document_number": "PAB123456",
        "surnames": "SERRANO CID",
        "nationality": "ESP",
        "sex": "M",
        "given_names": "IKER",
        "expiry_date": "2034-10-10",
    }


def test_a_word_after_a_colon_is_a_value_though_it_is_also_a_label(values):
    schema = {"fields": {"status": {"type": "text"}, "paid": {"type": "money"}}}

    assert values("Status: Paid\nPaid: 12,50 EUR", schema=schema) == {
        "status": "Paid",
        "paid": {"amount": "12.50", "currency": "EUR"},
    }


def test_a_licence_of_a_state_puts_months_first(values):
    found = values(AMERICAN.replace("UTAH USA", "TEXAS").replace("12/25/2030", "12/01/2030"), schema="identity")

    assert (found["birth_date"], found["expiry_date"]) == ("1988-04-05", "2030-12-01")


def test_a_british_licence_puts_days_first(values):
    text = AMERICAN.replace("UTAH USA   DRIVER LICENSE", "DRIVING LICENCE").replace("12/25/2030", "12/01/2030")
    found = values(text, schema="identity")

    assert (found["birth_date"], found["expiry_date"]) == ("1988-05-04", "2030-01-12")


def test_where_a_ride_began_is_no_seller(values):
    text = "RECIBO TAXI  Licencia 1188\nFecha: 9-4-2026\nDe: Atocha  A: Barajas T4\nTotal: 23,75 €"

    assert values(text, schema="receipt").get("seller") != "Atocha"
    assert values(text.replace("De:", "From:").replace("A:", "To:"), schema="receipt").get("seller") != "Atocha"


def test_who_a_receipt_is_from_is_its_seller(values):
    text = "RECIBO\nDe: Academia Sol, S.L.\nFecha: 9-4-2026\nTotal: 23,75 €"

    assert values(text, schema="receipt")["seller"] == "Academia Sol, S.L."
