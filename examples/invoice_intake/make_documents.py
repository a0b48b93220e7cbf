"""Writes the example documents again from `sources/`: `python examples/invoice_intake/make_documents.py`."""

import io
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "evals"))

from office import docx_of, letter_of  # noqa: E402  # the folder is on the path only now
from paper import DPI, pdf_of, photo_of, scan_of  # noqa: E402

LETTER = {
    "sender": "Skerry Hosting billing <billing@skerry.example>",
    "recipient": "accounts@lornwhisky.example",
    "subject": "Your October invoice",
    "date": "Thu, 01 Oct 2026 06:30:00 +0100",
    "text": "Dear customer,\n\nyour invoice for October is attached. Ticket 448120 is closed.\n\nSkerry Hosting",
}
BROKEN_AT = 6_000


def photo(pdf: bytes, name: str) -> bytes:
    """A grey PNG, as a telephone's scanning app would send it."""
    out = io.BytesIO()
    image = photo_of(pdf, angle=-0.6, noise=0, name=name).quantize(16)
    image.save(out, "PNG", optimize=True, dpi=(DPI, DPI))
    return out.getvalue()


def documents() -> dict[str, bytes]:
    source = HERE / "sources"
    pdfs = {path.stem: pdf_of(path) for path in sorted(source.glob("*.typ"))}
    garden, computers = pdfs["factura_jardineria"], pdfs["factura_equipos"]
    plumber = scan_of(pdfs["factura_fontaneria"], angle=0.6, noise=6, quality=40, name="factura_fontaneria")
    return {
        "factura_jardineria.pdf": garden,
        "factura_jardineria_copia.pdf": garden,
        "factura_equipos.pdf": computers,
        "factura_danada.pdf": computers[:BROKEN_AT],
        "factura_fontaneria_escaneada.pdf": plumber,
        "factura_academia.docx": docx_of((source / "factura_academia.docx.txt").read_text("utf-8")),
        "factura_mensajeria.html": (source / "factura_mensajeria.html").read_bytes(),
        "invoice_print_shop.pdf": pdfs["invoice_print_shop"],
        "invoice_coffee_photo.png": photo(pdfs["invoice_coffee"], "invoice_coffee"),
        "invoice_hosting.eml": letter_of(pdfs["invoice_hosting"], "invoice_hosting", LETTER),
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
