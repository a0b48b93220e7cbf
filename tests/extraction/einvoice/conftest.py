import io
from pathlib import Path

import pypdfium2
import pytest

from docchain.features.extraction import read_einvoice

SOURCES = Path(__file__).parents[3] / "examples" / "invoice_matching" / "sources"
MOST = 1024 * 1024


@pytest.fixture
def source_folder():
    return SOURCES


@pytest.fixture
def source():
    """The XML of an example: `ubl_peppol`, `factur-x`, `facturae` or `cfdi`."""

    def text(name):
        return (SOURCES / f"{name}.xml").read_text("utf-8")

    return text


@pytest.fixture
def read():
    def reader(text):
        return read_einvoice(text if isinstance(text, bytes) else text.encode(), MOST)

    return reader


@pytest.fixture
def rules(read):
    """The ids of the rules that an invoice breaks."""

    def broken(text):
        return [fault.rule for fault in read(text).faults]

    return broken


@pytest.fixture
def pdf_with():
    """A PDF of one empty page with attachments."""

    def made(**attachments):
        document = pypdfium2.PdfDocument.new()
        document.new_page(200, 200)
        for name, data in attachments.items():
            document.new_attachment(name.replace("__", ".")).set_data(data)
        file = io.BytesIO()
        document.save(file)
        return file.getvalue()

    return made
