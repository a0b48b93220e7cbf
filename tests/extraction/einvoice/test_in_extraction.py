"""An e-invoice takes the place of reading pages, in a parsed document and without parsing."""

from docchain.features.documents import decode
from docchain.features.documents.parsing.parse import parse
from docchain.features.extraction.extract import extract

HINTS = {"today": "2026-11-22"}


def test_a_parsed_pdf_carries_its_invoice(pdf_with, source):
    parsed = decode(parse(pdf_with(factur_x__xml=source("factur-x").encode()), "re.pdf"))

    found = extract(parsed, "invoice", HINTS)

    assert parsed.einvoice_file == "factur_x.xml"
    total = found.fields["total"]
    assert (total.value, total.confidence, total.page) == ({"amount": "230.05", "currency": "EUR"}, 1.0, None)
    assert total.path.endswith("/GrandTotalAmount")
    assert found.faults == []


def test_parsed_xml_reads_as_lines_and_keeps_the_invoice(source):
    parsed = decode(parse(source("facturae").encode(), "factura.xml"))

    found = extract(parsed, {"$ref": "invoice", "fields": {"province": {"labels": ["Province"]}}}, HINTS)

    assert "ItemDescription: Rediseño de la web" in parsed.text
    assert found.fields["seller"].value == "Lucía Ferrer Olmo"
    assert found.fields["province"].value == "Valladolid"


def test_a_broken_rule_is_the_fault_of_its_field(source):
    wrong = source("ubl_peppol").replace(">572.00</cbc:TaxInclusive", ">573.00</cbc:TaxInclusive")
    found = extract(decode(parse(wrong.encode(), "ubl.xml")), "invoice", HINTS)

    assert [(fault.path, fault.code, fault.source) for fault in found.faults] == [
        ("total", "BR-CO-15", "EN 16931-1"),
        ("/Invoice/LegalMonetaryTotal/PayableAmount", "BR-CO-16", "EN 16931-1"),
    ]
    assert found.faults[0].message_es.endswith("Dice 573.00, pero resulta 572.00.")


def test_an_attachment_that_is_broken_leaves_the_pages(pdf_with, source):
    cut = source("factur-x")[:-40].encode()
    found = extract(decode(parse(pdf_with(factur_x__xml=cut), "re.pdf")), "invoice", HINTS)

    assert found.fields == {}
    warning = next(fault for fault in found.faults if fault.code == "einvoice_unreadable")
    assert (warning.path, warning.severity) == ("factur_x.xml", "warning")
    assert warning.message.endswith("The pages were read instead.")
