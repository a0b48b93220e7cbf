"""Bytes of a document to its e-invoice; its one rule: runs in a child process, and never guesses."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from docchain.features.documents import embedded_invoice
from docchain.features.extraction.einvoice.formats import TITLES, Bill, open_bill
from docchain.features.extraction.einvoice.model import EInvoice, EInvoiceFault, EInvoiceField
from docchain.features.extraction.einvoice.terms import Group, Term, number_of
from docchain.features.extraction.einvoice.validate import validate
from docchain.features.extraction.presets import INVOICE
from docchain.features.extraction.tax_ids import compact
from docchain.platform.xml_tree import BadXml, read_xml

_PDF: Final = b"%PDF-"
_HEAD: Final = 1024
_BASIC_DAY: Final = re.compile(r"\d{8}")
MOST_LINES: Final = 20_000
_MISSING: Final = "the e-invoice does not say it"


class Unreadable(Exception):  # the name that children's callers know as the file's own fault
    """The document cannot be an e-invoice that anyone should trust; says why, and what to do."""


def read_einvoice(data: bytes, most_bytes: int) -> EInvoice | None:
    """The e-invoice that a document is or carries; `None` if it is none.

    Raises:
        Unreadable: it pretends to be one, but is broken or dangerous.
    """
    if _PDF in data[:_HEAD]:
        found = embedded_invoice(data, most_bytes)
        return None if found is None else _of(found[1], found[0], most_bytes)
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    return _of(data, None, most_bytes) if head.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")) else None


def read_file(path: str, most_bytes: int) -> dict[str, Any] | None:
    """The same with a file in and JSON out: the call for a child process."""
    found = read_einvoice(Path(path).read_bytes(), most_bytes)
    return None if found is None else found.model_dump(mode="json")


def _of(data: bytes, file: str | None, most_bytes: int) -> EInvoice | None:
    try:
        bill = open_bill(read_xml(data, most_bytes))
    except BadXml as error:
        raise Unreadable(str(error)) from None
    return None if bill is None else told(bill, file)


def told(bill: Bill, file: str | None = None) -> EInvoice:
    """Values of the fields, all terms of the head, and the rules that are broken."""
    group = bill.group
    currency = group.text(bill.fields["currency"]) or None
    fields = {name: found for name in bill.fields if (found := _field(bill, name, currency)) is not None}
    lines = _lines(bill, currency)
    if lines is not None:
        fields["lines"] = lines
    faults = [*_untold(bill), *validate(bill)]
    return EInvoice(
        format=bill.format,
        title=TITLES[bill.format],
        version=bill.version,
        file=file,
        value={name: found.value for name, found in fields.items()},
        fields=fields,
        terms={name: _plain(term) for name, term in group.terms.items()},
        missing={name: _MISSING for name in INVOICE if name not in fields},
        faults=faults,
        valid=all(fault.severity == "warning" for fault in faults),
    )


def _plain(term: Term) -> EInvoiceField:
    return EInvoiceField(value=term.text, text=term.text, path=term.path)


def _field(bill: Bill, name: str, currency: str | None) -> EInvoiceField | None:
    term = bill.group.get(bill.fields[name])
    if term is None:
        return None
    value = _value(term, INVOICE[name].type, currency)
    return None if value is None else EInvoiceField(value=value, text=term.text, path=term.path)


def _value(term: Term, kind: str, currency: str | None) -> Any:
    if kind == "money":
        return _money(term, currency)
    if kind == "date":
        return _day(term.text)
    return compact(term.text) if kind == "tax_id" else term.text


def _money(term: Term, currency: str | None) -> dict[str, str | None] | None:
    """The amount as written, so that no cent and no zero is lost; its own currency, if it names one."""
    if number_of(term.text) is None:
        return None
    return {"amount": term.text.strip().removeprefix("+"), "currency": term.node.attributes.get("currencyID", currency)}


def _day(text: str) -> str | None:
    """`2026-11-03`, `20261103` or a moment of that day."""
    plain = text[:10]
    if _BASIC_DAY.fullmatch(text):
        plain = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        return date.fromisoformat(plain).isoformat()
    except ValueError:
        return None


def _lines(bill: Bill, currency: str | None) -> EInvoiceField | None:
    lines = bill.group.all("line")
    if not lines:
        return None
    value = [_line(line, bill.line_fields, currency) for line in lines[:MOST_LINES]]
    text = "\n".join(str(line["description"] or "") for line in value)
    return EInvoiceField(value=value, text=text, path=lines[0].node.path.removesuffix("[1]"))


def _untold(bill: Bill) -> Iterator[EInvoiceFault]:
    """The rules look at all lines; only so many of them are told."""
    lines = bill.group.all("line")
    if len(lines) > MOST_LINES:
        yield EInvoiceFault(
            rule="LINES-TOLD",
            path=lines[MOST_LINES].node.path,
            message=f"It has {len(lines):,} lines; the first {MOST_LINES:,} are told. All of them were checked.",
            message_es=f"Tiene {len(lines):,} líneas; se muestran las primeras {MOST_LINES:,}. Se comprobaron todas.",
            severity="warning",
            source="docchain",
        )


def _line(line: Group, names: Mapping[str, str], currency: str | None) -> dict[str, Any]:
    def money(name: str) -> dict[str, str | None] | None:
        term = line.get(names[name])
        return None if term is None else _money(term, currency)

    return {
        "description": line.text(names["description"]) or None,
        "quantity": line.text(names["quantity"]) or None,
        "unit_price": money("unit_price"),
        "amount": money("amount"),
        "path": line.node.path,
    }
