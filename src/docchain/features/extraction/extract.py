"""Fields out of a parsed document; its one rule: pure, bounded and never a framework: it runs in a child process."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from docchain.features.documents import ParsedDocument, decode
from docchain.features.extraction import geometry, reading
from docchain.features.extraction.faults import check
from docchain.features.extraction.identity import date_order
from docchain.features.extraction.invoice import find_currency, read_invoice
from docchain.features.extraction.labelled import find_labelled
from docchain.features.extraction.results import Extraction, Value
from docchain.features.extraction.schema import Schema, parse_schema, preset_names, specs


def extract(document: ParsedDocument, schema: str | Mapping[str, Any], hints: Mapping[str, Any]) -> Extraction:
    """The values of a schema's fields.

    Args:
        document: the parsed document.
        schema: a preset's name or a mapping with `fields` and perhaps `$ref`.
        hints: `today` (ISO date; dates after it are faults) and `date_order` (`dmy` or `mdy`), both optional.
    """
    asked = parse_schema(schema)
    wanted = specs(asked)
    page = reading.read(geometry.build(document))
    fields, proved = _fields(page, asked, hints)
    reason = "no text could be read" if not page.layout.rows else "no label or place for it was found"
    missing = {name: reason for name in wanted if name not in fields}
    today = date.fromisoformat(hints["today"]) if hints.get("today") else None
    return Extraction(fields, missing, check(fields, wanted, proved, today))


def extract_file(path: str, schema: str | Mapping[str, Any], hints: Mapping[str, Any]) -> bytes:
    """The same with a file in and JSON out: the call for a child process."""
    return msgspec.json.encode(extract(decode(Path(path).read_bytes()), schema, hints))


def _fields(page: reading.Reading, asked: Schema, hints: Mapping[str, Any]) -> tuple[dict[str, Value], frozenset[str]]:
    preset = preset_names(asked)
    known, proved = read_invoice(page, hints) if preset else ({}, frozenset())
    fields = {name: value for name, value in known.items() if name in preset}
    currency = known["currency"].value if "currency" in known else None
    if not preset:
        found = find_currency(page, {})
        currency = found.value if found else None
    order = date_order(page, currency, hints.get("date_order"))
    for name, spec in specs(asked).items():
        if name not in preset:
            value = find_labelled(page, name, spec, order, currency)
            if value:
                fields[name] = value
    return fields, proved & preset
