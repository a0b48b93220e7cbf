"""E-invoices inside documents; its one rule: what is in an attachment makes it one, not its name."""

import re
from typing import Any, Final

SCANNED: Final = 50
_NAMES: Final = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml")
_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?(CrossIndustryInvoice|Invoice|CreditNote|Facturae|Comprobante)[\s>]")
_HEAD: Final = 64 * 1024


def is_einvoice(data: bytes) -> bool:
    """Whether XML has the root of an e-invoice; the reader of invoices looks closer."""
    head = data[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode()
    first = re.search(rb"<[A-Za-z_]", head)
    return first is not None and _ROOT.match(head, first.start()) is not None


def embedded_invoice(data: bytes, most_bytes: int) -> tuple[str, bytes] | None:
    """Name and XML of the e-invoice that is attached to a PDF; `None` if there is none, or the file is no PDF."""
    import pypdfium2 as pdfium  # noqa: PLC0415 -- heavy

    try:
        document = pdfium.PdfDocument(data)
        return attached_to(document, most_bytes)
    except pdfium.PdfiumError:
        return None


def attached_to(document: Any, most_bytes: int) -> tuple[str, bytes] | None:
    """The same of an open PDF."""
    found = [document.get_attachment(index) for index in range(min(document.count_attachments(), SCANNED))]
    named = [(attachment.get_name(), attachment) for attachment in found]
    for name, attachment in sorted(named, key=lambda item: item[0].lower() not in _NAMES):
        if name.lower().endswith(".xml"):
            content = bytes(attachment.get_data())
            if len(content) <= most_bytes and is_einvoice(content):
                return name, content
    return None
