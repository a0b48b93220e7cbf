"""What does not fit; its one rule: a fault names the field, a code and what a person should look at."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from docchain.features.extraction.amounts import CODES
from docchain.features.extraction.field_spec import FieldSpec
from docchain.features.extraction.results import Fault, Value
from docchain.features.extraction.tax_ids import checkable, proved_by_label

CENT = Decimal("0.02")
GRACE, FAR = timedelta(days=1), timedelta(days=366)


def check(
    fields: Mapping[str, Value], specs: Mapping[str, FieldSpec], proved: Collection[str], today: date | None
) -> list[Fault]:
    """All faults; `proved` names the fields whose arithmetic is known to be right."""
    found = list(_missing(fields, specs))
    for name, value in fields.items():
        found += _of_type(name, value, specs[name].type)
    found += [] if "total" in proved else _arithmetic(fields)
    found += [] if "lines" in proved else _lines(fields)
    found += _dates(fields, today)
    return found


def _missing(fields: Mapping[str, Value], specs: Mapping[str, FieldSpec]) -> Iterator[Fault]:
    for name, spec in specs.items():
        if spec.required and name not in fields:
            yield Fault(name, "missing", f"“{name}” is required and was not found. Enter it by hand.")
    if specs and not fields and not any(spec.required for spec in specs.values()):
        yield Fault("", "nothing_found", "None of the fields was found. Is this the kind of document they are for?")


def _of_type(name: str, value: Value, kind: str) -> Iterator[Fault]:
    if kind == "tax_id" and checkable(value.text) and proved_by_label(value.text) is None:
        message = f"The check digits of {value.value} do not agree. Compare it with the document."
        yield Fault(name, "check_digit", message, "warning")
    if kind == "currency" and value.value not in CODES:
        yield Fault(name, "currency_unknown", f"{value.value} is no currency that is known here. Enter its ISO code.")
    if kind == "money" and value.value["currency"] is None:
        yield Fault(name, "currency_unknown", f"No currency is printed for “{name}”. Enter it by hand.", "warning")


def _arithmetic(fields: Mapping[str, Value]) -> Iterator[Fault]:
    net, tax, total = (_amount(fields.get(name)) for name in ("net", "tax", "total"))
    if net is None or tax is None or total is None:
        return
    if abs(net + tax - total) > CENT:
        message = f"Net {net} and tax {tax} make {net + tax}, but the total says {total}. Check the three amounts."
        yield Fault("total", "arithmetic", message)


def _lines(fields: Mapping[str, Value]) -> Iterator[Fault]:
    lines = fields.get("lines")
    known = [amount for amount in (_amount(fields.get(name)) for name in ("net", "total")) if amount is not None]
    if lines is None or not isinstance(lines.value, list) or not known:
        return
    amounts = [Decimal(line["amount"]["amount"]) for line in lines.value if line.get("amount")]
    added = sum(amounts, Decimal(0))
    if amounts and all(abs(added - amount) > CENT for amount in known):
        message = f"The lines add up to {added}, which is neither net nor total. Look for a missing or extra line."
        yield Fault("lines", "lines_sum", message, "warning")


def _dates(fields: Mapping[str, Value], today: date | None) -> Iterator[Fault]:
    start, end = (_day(fields.get(name)) for name in ("start_date", "end_date"))
    if start and end and end < start:
        yield Fault("end_date", "order", f"It ends on {end}, before it starts on {start}. Check both dates.", "warning")
    issued, due = (_day(fields.get(name)) for name in ("date", "due_date"))
    if issued and today and issued > today + GRACE:
        severity = "error" if issued > today + FAR else "warning"
        yield Fault("date", "future", f"The date {issued} lies in the future. Check day and month.", severity)
    if issued and due and due < issued:
        yield Fault("due_date", "order", f"It is due on {due}, before its date {issued}. Check both dates.", "warning")


def _amount(value: Value | None) -> Decimal | None:
    if value is None or not isinstance(value.value, dict):
        return None
    return Decimal(value.value["amount"])


def _day(value: Value | None) -> date | None:
    """The day of a date; a field of this name may also be a text."""
    try:
        return date.fromisoformat(value.value) if value and isinstance(value.value, str) else None
    except ValueError:
        return None
