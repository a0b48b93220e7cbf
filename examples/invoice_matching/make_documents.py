"""Writes the example documents again from `sources/`: `python examples/invoice_matching/make_documents.py`."""

import io
import sys
from pathlib import Path

import pypdfium2
import typst

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
RIGHT, WRONG = "572.00</cbc:TaxInclusiveAmount>", "527.00</cbc:TaxInclusiveAmount>"


def hybrid(page: bytes, xml: bytes) -> bytes:
    """A PDF that carries its invoice as XML."""
    document = pypdfium2.PdfDocument(page)
    document.new_attachment("factur-x.xml").set_data(xml)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def documents() -> dict[str, bytes]:
    peppol = (SOURCES / "ubl_peppol.xml").read_text("utf-8")
    return {
        "ubl_peppol.xml": peppol.encode(),
        "ubl_wrong_total.xml": peppol.replace(RIGHT, WRONG).replace("2026-118", "2026-119").encode(),
        "facturae.xml": (SOURCES / "facturae.xml").read_bytes(),
        "factur-x.pdf": hybrid(typst.compile(SOURCES / "factur-x.typ"), (SOURCES / "factur-x.xml").read_bytes()),
        "cfdi.xml": (SOURCES / "cfdi.xml").read_bytes(),
    }


def main() -> int:
    folder = HERE / "documents"
    folder.mkdir(exist_ok=True)
    for name, data in documents().items():
        (folder / name).write_bytes(data)
        sys.stdout.write(f"{len(data):>8}  {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
