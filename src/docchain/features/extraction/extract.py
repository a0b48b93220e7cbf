"""Fields out of a parsed document; its one rule: pure, bounded and never a framework: it runs in a child process."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from docchain.features.documents import ParsedDocument, decode, embedded_invoice, ends_of
from docchain.features.extraction import geometry, reading
from docchain.features.extraction.calibration import calibrated
from docchain.features.extraction.contract_prose import with_prose
from docchain.features.extraction.einvoice.extracting import faults_of, values_of
from docchain.features.extraction.einvoice.model import EInvoice
from docchain.features.extraction.einvoice.read import Unreadable, read_einvoice
from docchain.features.extraction.faults import check
from docchain.features.extraction.identity import Order, date_order
from docchain.features.extraction.identity_papers import reads_american, with_zone
from docchain.features.extraction.invoice import find_currency, read_invoice
from docchain.features.extraction.labelled import find_labelled, labels_of
from docchain.features.extraction.licences import with_numbers
from docchain.features.extraction.memory import METHOD as CORRECTED
from docchain.features.extraction.memory import remember
from docchain.features.extraction.presets import CAPTIONS, IDENTITY, PRESETS, RECEIPT
from docchain.features.extraction.receipts import with_receipt
from docchain.features.extraction.results import Extraction, Fault, Value
from docchain.features.extraction.schema import Schema, parse_schema, preset_names, specs
from docchain.platform.xml_tree import MOST_BYTES

_AMERICAN: Final = 0.95
_SHORT: Final = 2
"""Letters of what is as likely a value: “NO” is a label and a country."""
_CHECK_DIGIT: Final = "check_digit"
"""Of ids in e-invoices, the rules of their format tell."""


def extract(document: ParsedDocument, schema: str | Mapping[str, Any], hints: Mapping[str, Any]) -> Extraction:
    """The values of a schema's fields, each as sure as values with its evidence were right.

    Those of an e-invoice are exact, those of a corrected layout count what confirmed them, and nobody has measured line
    tables: all of these keep what they say.
    """
    asked = parse_schema(schema)
    found = read_fields(document, asked, hints)
    own = preset_names(asked)
    for name, value in found.fields.items():
        if value.path is None and name != "lines" and value.method != CORRECTED:
            value.confidence = calibrated("invoice" if name in own else "label", value.confidence)
    return found


def read_fields(document: ParsedDocument, asked: Schema, hints: Mapping[str, Any]) -> Extraction:
    """The same with the bare evidence as confidence.

    Args:
        document: the parsed document.
        asked: which fields.
        hints: `today` (ISO date; dates after it are faults), `date_order` (`dmy` or `mdy`), `pages` (how many are
            read from the start and from the end) and `memory` (examples that people corrected), each optional.
    """
    wanted = specs(asked)
    exact, broken = _exact(document, asked)
    page = reading.read(geometry.build(document, _pages(hints)))
    today = date.fromisoformat(hints["today"]) if hints.get("today") else None
    fields, proved = _fields(page, asked, hints, exact)
    learned: list[str] = []
    if exact is None and hints.get("memory"):
        order = date_order(page, None, hints.get("date_order"))
        rules = {name: value.value for name, value in fields.items()}
        fields, learned = remember(page, hints["memory"], wanted, fields, order)
        proved -= {name for name in proved if name not in fields or fields[name].value != rules[name]}
    if asked.ref == "identity":
        fields, broken = with_zone(page, fields, today)
    reason = "no text could be read" if not page.layout.rows else "no label or place for it was found"
    missing = {name: reason for name in wanted if name not in fields}
    if exact is not None:
        missing |= {name: why for name, why in exact.missing.items() if name in missing}
        told = [fault for fault in check(fields, wanted, wanted, today) if fault.code != _CHECK_DIGIT]
        return Extraction(fields, missing, told + faults_of(exact, fields))
    return Extraction(fields, missing, check(fields, wanted, proved, today) + broken, learned)


def extract_file(path: str, schema: str | Mapping[str, Any], hints: Mapping[str, Any]) -> bytes:
    """The same with a file in and JSON out: the call for a child process. Pages that are not read are not decoded."""
    read = ends_of(Path(path).read_bytes(), *_pages(hints))
    return msgspec.json.encode(extract(read, schema, hints))


def extract_parsed(parsed: bytes, schema: str | Mapping[str, Any], hints: Mapping[str, Any]) -> dict[str, Any]:
    """The same with JSON in and plain data out."""
    found: dict[str, Any] = msgspec.to_builtins(extract(decode(parsed), schema, hints))
    return found


def extract_unparsed(path: str, schema: str | Mapping[str, Any], hints: Mapping[str, Any]) -> bytes | None:
    """The same for a document that nobody parsed: only an e-invoice can be read without its pages."""
    data = Path(path).read_bytes()
    if read_einvoice(data, MOST_BYTES) is None:
        return None
    file, xml = embedded_invoice(data, MOST_BYTES) or (None, data)
    return msgspec.json.encode(extract(ParsedDocument("", "", [], einvoice=xml, einvoice_file=file), schema, hints))


def _pages(hints: Mapping[str, Any]) -> tuple[int, int]:
    first, last = hints.get("pages", geometry.PAGES)
    return first, last


def _exact(document: ParsedDocument, asked: Schema) -> tuple[EInvoice | None, list[Fault]]:
    """The e-invoice that came with the document; if it is broken, the pages are read, and a warning says so."""
    if document.einvoice is None or asked.ref != "invoice" or not preset_names(asked):
        return None, []
    try:
        return read_einvoice(document.einvoice, MOST_BYTES), []
    except Unreadable as error:
        name = document.einvoice_file or "the document"
        return None, [Fault(name, "einvoice_unreadable", f"{error} The pages were read instead.", "warning")]


def _fields(
    page: reading.Reading, asked: Schema, hints: Mapping[str, Any], exact: EInvoice | None = None
) -> tuple[dict[str, Value], frozenset[str]]:
    preset = preset_names(asked)
    known: dict[str, Value]
    proved: frozenset[str]
    if exact is not None:
        known, proved = values_of(exact, preset), frozenset()
    else:
        known, proved = read_invoice(page, hints) if preset else ({}, frozenset())
    fields = {name: value for name, value in known.items() if name in preset}
    currency = known["currency"].value if "currency" in known else None
    if not preset:
        found = find_currency(page, {})
        currency = found.value if found else None
    order = date_order(page, currency, hints.get("date_order"))
    if asked.ref == "identity" and reads_american(page):
        order = Order("mdy", _AMERICAN)
    captions = _captions(asked)
    for name, spec in specs(asked).items():
        if name not in preset:
            value = find_labelled(page, name, spec, order, currency, captions)
            if value:
                fields[name] = value
    return _of_kind(page, asked, fields, order, currency), proved & preset


def _captions(asked: Schema) -> frozenset[str]:
    """The labels of all fields, which are no values of each other."""
    every = [label for name, spec in specs(asked).items() for label in labels_of(name, spec)]
    folded = map(geometry.fold, every + (CAPTIONS if asked.ref == "identity" else []))
    return frozenset(caption for caption in folded if len(caption) > _SHORT)


def _of_kind(
    page: reading.Reading, asked: Schema, fields: dict[str, Value], order: Order, currency: str | None
) -> dict[str, Value]:
    """What only papers of this kind say without labels; fields that the schema replaces are left alone."""
    own = frozenset(PRESETS[asked.ref] if asked.ref else ()) - asked.fields.keys()
    if asked.ref == "contract":
        return with_prose(page, fields, own, order, currency)
    if asked.ref == "identity" and own.issuperset(IDENTITY):
        return with_numbers(page, fields)
    if asked.ref == "receipt" and own.issuperset(RECEIPT):
        return with_receipt(page, fields, RECEIPT["payment"], order, currency)
    return fields
