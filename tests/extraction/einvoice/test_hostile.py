"""XML that means harm is refused with a word, at once and in little memory."""

import time

import pytest

from docchain.features.extraction.einvoice.read import Unreadable
from docchain.platform.xml_tree import BadXml, read_xml

_BOMB = """<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>&d;</ID></Invoice>"""
_OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Invoice><ID>&e;</ID></Invoice>'


@pytest.mark.parametrize("text", [_BOMB, _OUTSIDE, '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><Invoice/>'])
def test_document_types_and_entities(read, text):
    with pytest.raises(Unreadable, match="declares a document type or entities"):
        read(text)


def test_an_attachment_that_is_a_bomb(read, pdf_with):
    with pytest.raises(Unreadable, match="Ask the sender for a clean file"):
        read(pdf_with(invoice__xml=_BOMB.encode()))


def test_depth_number_and_size_are_bounded():
    began = time.monotonic()
    with pytest.raises(BadXml, match="100 levels") as deep:
        read_xml(b"<a>" * 200_000)
    with pytest.raises(BadXml, match="500,000 elements"):
        read_xml(b"<a>" + b"<b/>" * 500_001 + b"</a>")
    with pytest.raises(BadXml, match="larger than 1 KiB"):
        read_xml(b"<a>" + b" " * 2000 + b"</a>", most_bytes=1024)

    assert deep.value.code == "too_large"
    assert time.monotonic() - began < 20


def test_a_cut_file_says_where(read, source):
    text = source("ubl_peppol")

    with pytest.raises(Unreadable, match=r"broken in line \d+: unclosed token"):
        read(text[: len(text) // 2])


def test_an_encoding_nobody_knows(read):
    with pytest.raises(Unreadable, match="XML"):
        read('<?xml version="1.0" encoding="klingon"?><Invoice/>')


def test_many_lines_take_time_in_proportion(read):
    head = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>1</ID>'
    began = time.monotonic()
    found = read(head + "<InvoiceLine><ID>1</ID></InvoiceLine>" * 20_001 + "</Invoice>")

    assert time.monotonic() - began < 20
    told = found.fields["lines"].value
    assert (len(told), told[-1]["path"]) == (20_000, "/Invoice/InvoiceLine[20000]")
    assert found.faults[0].message == "It has 20,001 lines; the first 20,000 are told. All of them were checked."
    assert found.faults[0].severity == "warning"
