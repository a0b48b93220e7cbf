"""All rules of an e-invoice's format; its one rule: every fault names rule, source and path, in two languages."""

from collections.abc import Iterator
from typing import Final

from docchain.features.extraction.einvoice.formats import Bill
from docchain.features.extraction.einvoice.model import EInvoiceFault
from docchain.features.extraction.einvoice.rules import cfdi, codes, en16931, facturae, listed, parts, peppol, vat
from docchain.features.extraction.einvoice.rules.rule import Rule
from docchain.features.extraction.einvoice.terms import number_of

MOST_FAULTS: Final = 200
_EN16931: Final = tuple((rules.SOURCE, rules.RULES) for rules in (en16931, codes, listed, parts, vat))


def validate(bill: Bill) -> list[EInvoiceFault]:
    """Every fault, in the order of the rules; a hundred faults of one kind help nobody, so they are bounded."""
    found = list(_numbers(bill))
    for source, rules in _rules(bill):
        for rule in rules:
            for broken in rule.check(bill.group):
                if len(found) >= MOST_FAULTS:
                    return found
                found.append(
                    EInvoiceFault(
                        rule=rule.id,
                        path=broken.path,
                        message=rule.en.format(**broken.told),
                        message_es=rule.es.format(**broken.told),
                        severity="warning" if rule.warning or broken.warning else "error",
                        source=source,
                    )
                )
    return found


def _rules(bill: Bill) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    if bill.format == "facturae":
        yield facturae.SOURCE, facturae.RULES
    elif bill.format == "cfdi":
        yield cfdi.SOURCE, cfdi.RULES
    else:
        yield from _EN16931
        if peppol.follows(bill.group):
            yield peppol.SOURCE, peppol.RULES


_AMOUNTS: Final = ("net", "tax", "total")


def _numbers(bill: Bill) -> Iterator[EInvoiceFault]:
    """Amounts that are no numbers would silently count nothing."""
    for field in _AMOUNTS:
        term = bill.group.get(bill.fields[field])
        if term is not None and number_of(term.text) is None:
            yield EInvoiceFault(
                rule="XML-NUMBER",
                path=term.path,
                message=f"“{term.text[:40]}” is no amount.",
                message_es=f"«{term.text[:40]}» no es un importe.",
                severity="error",
                source="XML Schema",
            )
