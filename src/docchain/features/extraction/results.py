"""What an extraction hands over; its one rule: every value says where it stands and why it is believed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from docchain.features.documents import Box
from docchain.features.extraction.confidence import printed
from docchain.features.extraction.geometry import union
from docchain.features.extraction.spans import Span


class Part(msgspec.Struct, frozen=True):
    """Where one piece of a value stands."""

    page: int
    box: Box


class Value(msgspec.Struct):
    """One field's value as JSON, with its text as printed; it stands on a page, or at a `path` in XML."""

    value: Any
    text: str
    confidence: float
    page: int | None
    box: Box | None
    method: str
    parts: list[Part] = []
    path: str | None = None
    grounded: bool = True


class Fault(msgspec.Struct, frozen=True):
    """Something that does not fit: `severity` is `error` or `warning`."""

    path: str
    code: str
    message: str
    severity: str = "error"
    message_es: str = ""
    source: str = ""


class Extraction(msgspec.Struct):
    """Values by field name, reasons for what is missing, what does not fit, and which corrections had a part."""

    fields: dict[str, Value]
    missing: dict[str, str]
    faults: list[Fault]
    learned_from: list[str] = []


CENT = Decimal("0.01")


def value_of(value: Any, spans: Sequence[Span], confidence: float, method: str) -> Value:
    """A value that stands in one or more places; its box is that of the places on the first page."""
    page = spans[0].row.page
    here = [span.box for span in spans if span.row.page == page]
    read = min(span.confidence for span in spans)
    parts = [Part(span.row.page, span.box) for span in spans] if len(spans) > 1 else []
    text = " + ".join(span.text for span in spans)
    return Value(value, text, printed(confidence, read), page, union(here), method, parts)


def money(amount: Decimal, currency: str | None) -> dict[str, str | None]:
    """Money as JSON: the amount as text, so that no cent is lost."""
    cents = amount.quantize(CENT)
    return {"amount": format(cents if cents == amount else amount, "f"), "currency": currency}
