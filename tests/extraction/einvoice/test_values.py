"""What the XML says is what comes out, to the cent and with its place."""

import pytest


def test_a_peppol_invoice_in_the_fields_of_an_invoice(read, source):
    found = read(source("ubl_peppol"))

    assert (found.format, found.valid, found.faults, found.missing) == ("ubl", True, [], {})
    assert {name: value for name, value in found.value.items() if name != "lines"} == {
        "number": "2026-118",
        "date": "2026-11-03",
        "due_date": "2026-12-03",
        "seller": "Jardines del Manzanares, S.L.",
        "buyer": "Clínica Veterinaria Moncloa, S.L.",
        "seller_tax_id": "ESB31227705",
        "buyer_tax_id": "ESB43182294",
        "currency": "EUR",
        "net": {"amount": "480.00", "currency": "EUR"},
        "tax": {"amount": "92.00", "currency": "EUR"},
        "total": {"amount": "572.00", "currency": "EUR"},
    }
    assert found.value["lines"][1] == {
        "description": "Plantones de lavanda",
        "quantity": "20",
        "unit_price": {"amount": "4.00", "currency": "EUR"},
        "amount": {"amount": "80.00", "currency": "EUR"},
        "path": "/Invoice/InvoiceLine[2]",
    }
    assert found.fields["total"].path == "/Invoice/LegalMonetaryTotal/TaxInclusiveAmount"
    assert found.fields["total"].confidence == 1
    assert found.terms["BT-13"].text == "PED-2026-041"


def test_facturae_of_a_person_with_withholding(read, source):
    found = read(source("facturae"))

    assert (found.format, found.version, found.faults) == ("facturae", "3.2.2", [])
    assert found.value["number"] == "A-0042"
    assert found.value["seller"] == "Lucía Ferrer Olmo"
    assert found.value["total"] == {"amount": "1060.00", "currency": "EUR"}
    assert found.value["tax"] == {"amount": "210.00", "currency": "EUR"}
    assert found.terms["withheld"].text == "150.00"
    assert found.fields["seller_tax_id"].path.endswith("/SellerParty/TaxIdentification/TaxIdentificationNumber")


def test_cfdi_with_a_discount(read, source):
    found = read(source("cfdi"))

    assert (found.format, found.version, found.faults) == ("cfdi", "4.0", [])
    assert found.value["number"] == "F-2091"
    assert found.value["date"] == "2026-11-10"
    assert found.value["net"] == {"amount": "2400.00", "currency": "MXN"}
    assert found.fields["total"].path == "/Comprobante/@Total"
    assert found.missing == {"due_date": "the e-invoice does not say it"}


def test_factur_x_is_read_out_of_its_pdf(read, source, pdf_with):
    found = read(pdf_with(notes__xml=b"<notes/>", factur_x__xml=source("factur-x").encode()))

    assert (found.format, found.file, found.faults) == ("cii", "factur_x.xml", [])
    assert found.value["date"] == "2026-11-09"
    assert found.value["total"] == {"amount": "230.05", "currency": "EUR"}
    assert found.value["lines"][0]["unit_price"] == {"amount": "18.50", "currency": "EUR"}


def test_content_decides_not_names(read, pdf_with):
    assert read(b"%PDF-1.4 nothing in it") is None
    assert read(pdf_with(factur_x__xml=b"<order/>")) is None
    assert read(b"total: 12") is None
    assert read(b'<?xml version="1.0"?><Invoice xmlns="urn:of:somebody:else"><ID>1</ID></Invoice>') is None


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_other_encodings(read, source, encoding):
    text = source("facturae").replace('encoding="UTF-8"', f'encoding="{encoding}"')

    assert read(text.encode(encoding)).value["seller"] == "Lucía Ferrer Olmo"
