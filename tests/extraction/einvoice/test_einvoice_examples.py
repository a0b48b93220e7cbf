"""The example documents are what their names say."""

import pytest

from docchain.features.extraction import read_einvoice

TOTALS = {
    "ubl_peppol.xml": ("ubl", {"amount": "572.00", "currency": "EUR"}, []),
    "ubl_wrong_total.xml": ("ubl", {"amount": "527.00", "currency": "EUR"}, ["BR-CO-15", "BR-CO-16"]),
    "facturae.xml": ("facturae", {"amount": "1060.00", "currency": "EUR"}, []),
    "factur-x.pdf": ("cii", {"amount": "230.05", "currency": "EUR"}, []),
    "cfdi.xml": ("cfdi", {"amount": "2784.00", "currency": "MXN"}, []),
}


@pytest.fixture
def documents(source_folder):
    return source_folder.parent / "documents"


def test_every_example_is_read(documents):
    assert sorted(path.name for path in documents.iterdir()) == sorted(TOTALS)


@pytest.mark.parametrize("name", TOTALS)
def test_an_example(documents, name):
    found = read_einvoice((documents / name).read_bytes(), 1024 * 1024)

    assert (found.format, found.value["total"], [fault.rule for fault in found.faults]) == TOTALS[name]
