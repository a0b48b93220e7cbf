"""An e-invoice in place of reading pages: values with the XML they stand in, and broken rules as faults of fields."""

from collections.abc import Collection
from typing import Final

from docchain.features.extraction.einvoice.model import EInvoice, EInvoiceFault, EInvoiceField
from docchain.features.extraction.results import Fault, Value

_SURE: Final = 1.0


def values_of(found: EInvoice, wanted: Collection[str]) -> dict[str, Value]:
    """The wanted fields that it has."""
    method = f"the XML of the e-invoice ({found.title})"
    return {name: _value(field, method) for name, field in found.fields.items() if name in wanted}


def faults_of(found: EInvoice, wanted: Collection[str]) -> list[Fault]:
    """Broken rules; one about a field that was asked for is that field's fault."""
    names = {field.path: name for name, field in found.fields.items() if name in wanted}
    return [_fault(fault, names.get(fault.path, fault.path)) for fault in found.faults]


def _value(field: EInvoiceField, method: str) -> Value:
    return Value(field.value, field.text, _SURE, None, None, method, path=field.path)


def _fault(fault: EInvoiceFault, path: str) -> Fault:
    return Fault(path, fault.rule, fault.message, fault.severity, fault.message_es, fault.source)
