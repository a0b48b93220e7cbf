"""Contracts whose facts stand in sentences; what is doubtful is left to a person."""

import pytest

SPANISH = """CONTRATO DE ARRENDAMIENTO

En Soria, a 2 de mayo de 2026, reunidos de una parte D. Aurelio Mozo Sanz, con
DNI 12345678Z, en adelante el arrendador, y de otra parte la mercantil Trigo y
Hermanos, S.L., en adelante la arrendataria, acuerdan:

Primera. El contrato tendrá una duración de dos años y comenzará a regir el 1 de
junio de 2026, finalizando el 31 de mayo de 2028.

Segunda. La renta mensual será de 640,00 €. Se entrega una fianza de 1.280,00 €.
El retraso se penalizará con una multa de 50,00 €.

Tercera. La arrendataria podrá resolverlo con un preaviso de tres meses. El
contrato se rige por la legislación española.
"""
ENGLISH = """DISTRIBUTION AGREEMENT

This Agreement is entered into as of 9 March 2026 by and between Alder & Finch
Limited (the "Supplier") and Corran Stores, Inc. (the "Customer").

It takes effect on the date above, commences on 1 April 2026 and remains in force
until 31 March 2028. The Customer shall pay a fee of £2,400.00 per month. Late
payment bears a charge of £60.00.

Either party may terminate it on not less than ninety days' written notice. This
Agreement is governed by the laws of Northern Ireland.
"""


@pytest.fixture
def said(values):
    return lambda text: values(text, schema="contract")


def test_a_spanish_contract_in_sentences(said):
    assert said(SPANISH) == {
        "date": "2026-05-02",
        "party_a": "Aurelio Mozo Sanz",
        "party_b": "Trigo y Hermanos, S.L.",
        "start_date": "2026-06-01",
        "end_date": "2028-05-31",
        "term": "dos años",
        "amount": {"amount": "640.00", "currency": "EUR"},
        "deposit": {"amount": "1280.00", "currency": "EUR"},
        "notice": "tres meses",
        "law": "legislación española",
    }


def test_an_english_contract_in_sentences(said):
    assert said(ENGLISH) == {
        "date": "2026-03-09",
        "party_a": "Alder & Finch Limited",
        "party_b": "Corran Stores, Inc.",
        "start_date": "2026-04-01",
        "end_date": "2028-03-31",
        "amount": {"amount": "2400.00", "currency": "GBP"},
        "notice": "ninety days",
        "law": "Northern Ireland",
    }


def test_parties_are_who_their_roles_say_not_who_comes_first(said):
    swapped = ENGLISH.replace('"Supplier"', '"Buyer"').replace('"Customer")', '"Seller")')

    assert said(swapped)["party_a"] == "Corran Stores, Inc."


def test_a_range_gives_both_dates(said):
    found = said("CONTRATO\n\nLa licencia se extenderá del 1 de julio de 2026 al 30 de junio de 2029.")

    assert (found["start_date"], found["end_date"]) == ("2026-07-01", "2029-06-30")


def test_a_value_that_wraps_has_a_box_on_each_line(read):
    start = read(SPANISH, schema="contract").fields["start_date"]

    assert start.text == "1 de junio de 2026"
    assert [part.box[1] for part in start.parts] == [108.0, 120.0]


def test_two_amounts_that_may_both_be_the_price_are_for_a_person(read):
    text = "AGREEMENT\n\nThe price is £100.00 for the first part.\n\nThe price is £200.00 for the second part.\n"

    assert read(text, schema="contract").fields["amount"].confidence < 0.85


def test_a_bare_dollar_on_a_spanish_paper_is_for_a_person(read):
    text = "CONTRATO\n\nEl precio pactado por la fecha de la factura es de $2,450.00 que paga el comprador.\n"

    assert read(text, schema="contract").fields["amount"].confidence < 0.85


def test_dates_of_birth_and_of_other_contracts_are_nobodys(said):
    found = said("CONTRACT\n\nAnn Lee, born on 4 May 1985, signs. The original lease is dated 3 March 2024.\n")

    assert found == {}


def test_fields_that_a_schema_replaces_are_not_read_from_sentences(values):
    schema = {"$ref": "contract", "fields": {"notice": {"type": "text", "labels": ["aviso"]}}}

    assert "notice" not in values(SPANISH, schema=schema)


def test_of_a_labelled_party_the_address_is_cut_off(said):
    found = said("CONTRATO\n\nComprador: Aceites Vega, S.L. con domicilio en calle Mayor 3, Jaén\n")

    assert found["party_b"] == "Aceites Vega, S.L."


def test_a_party_that_reads_like_an_address_is_for_a_person(read):
    found = read("CONTRATO\n\nComprador: Aceites Vega Calle Mayor 3\n", schema="contract").fields

    assert found["party_b"].confidence < 0.85
