"""Receipts, contracts, identity papers and mail, drawn with letters."""

import pytest

TICKET = """
PANADERIA EL HORNO S.L.
NIF B58378431
C/ Mayor 3, Sevilla

Ticket nº: T-00871        Fecha: 14/03/2026

2  Barra de pan      1,10      2,20
1  Ensaimada         3,50      3,50

Base imponible                 5,18
IVA 10%                        0,52
TOTAL                          5,70 €
Forma de pago: Tarjeta
""".strip("\n")
LEASE = """
CONTRATO DE ARRENDAMIENTO
Número de contrato: AR-2026/14
Fecha de firma: 1 de marzo de 2026

Arrendadora: Inmuebles Sur, S.L.
Arrendatario: Ana Torres Vidal

Fecha de inicio: 01/04/2026
Fecha de fin: 31/03/2025
Renta mensual: 850,00 €
Fianza: 1.700,00 €
IBAN: ES91 2100 0418 4502 0005 1332
Preaviso: 30 días
Ley aplicable: española
""".strip("\n")
PASSPORT = """
PASSPORT
Surname
ERIKSSON
Given names
ANNA MARIA
Date of birth
12/08/1974

P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<
L898902C36UTO7408122F1204159ZE184226B<<<<<10
""".strip("\n")
CARD = """
ESPAÑA   DOCUMENTO NACIONAL DE IDENTIDAD
APELLIDOS
ESPAÑOLA ESPAÑOLA
NOMBRE
CARMEN
FECHA DE NACIMIENTO        VALIDEZ
01 01 1980                 01 01 2031
DNI 99999999R
""".strip("\n")
LETTER = """
De: Ana Torres <ana@example.com>
Para: Taller Gil <gil@example.com>
Fecha: 3 de febrero de 2026
Asunto: Reclamación de la factura 118

Le pedimos que pague el importe de 405,35 € antes del 28/02/2026.
""".strip("\n")


def test_a_receipt_is_read_with_its_payment(values):
    found = values(TICKET, schema="receipt")
    assert found["total"] == {"amount": "5.70", "currency": "EUR"}
    assert found["date"] == "2026-03-14"
    assert found["seller_tax_id"] == "B58378431"
    assert found["payment"] == "Tarjeta"


def test_a_contract_says_who_what_and_until_when(read):
    found = read(LEASE, schema="contract")
    told = {name: field.value for name, field in found.fields.items()}
    assert told["party_a"] == "Inmuebles Sur, S.L."
    assert told["party_b"] == "Ana Torres Vidal"
    assert told["start_date"] == "2026-04-01"
    assert told["amount"] == {"amount": "850.00", "currency": "EUR"}
    assert told["iban"] == "ES9121000418450200051332"
    assert told["notice"] == "30 días"
    assert [fault.code for fault in found.faults] == ["order"]


def test_a_passport_is_read_from_its_zone(read):
    found = read(PASSPORT, schema="identity", today="2011-01-01")
    told = {name: field.value for name, field in found.fields.items()}
    assert told["document_number"] == "L898902C3"
    assert told["birth_date"] == "1974-08-12"
    assert told["expiry_date"] == "2012-04-15"
    assert (told["nationality"], told["sex"]) == ("UTO", "F")
    assert found.fields["document_number"].confidence >= 0.95
    assert found.faults == []


def test_a_wrong_check_digit_of_a_zone_is_told(read):
    found = read(PASSPORT.replace("L898902C36", "L898902C37"), schema="identity", today="2011-01-01")
    assert [(fault.path, fault.code) for fault in found.faults if fault.code == "check_digit"] == [
        ("document_number", "check_digit")
    ]


def test_a_spanish_card_is_read_and_its_letter_checked(read):
    told = {name: field.value for name, field in read(CARD, schema="identity").fields.items()}
    assert told["document_number"] == "99999999R"
    assert told["surnames"] == "ESPAÑOLA ESPAÑOLA"
    assert told["birth_date"] == "1980-01-01"
    wrong = read(CARD.replace("99999999R", "99999999T"), schema="identity")
    assert "check_digit" in [fault.code for fault in wrong.faults]


def test_mail_says_who_writes_about_what(values):
    found = values(LETTER, schema="mail")
    assert found["sender"] == "Ana Torres <ana@example.com>"
    assert found["subject"] == "Reclamación de la factura 118"
    assert found["amount"] == {"amount": "405.35", "currency": "EUR"}
    assert (found["date"], found["due_date"]) == ("2026-02-03", "2026-02-28")


@pytest.mark.parametrize("preset", ["invoice", "receipt", "contract", "identity", "mail"])
def test_an_empty_page_has_nothing(values, preset):
    assert values("", schema=preset) == {}
