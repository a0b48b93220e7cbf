"""Extraction: typed fields out of parsed documents, each with its confidence, page and box.

Names load when they are first used: child processes read fields through here and need no engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from docchain.features.extraction.einvoice.model import EInvoice
    from docchain.features.extraction.einvoice.read import read_einvoice
    from docchain.features.extraction.einvoice.reader import EInvoices
    from docchain.features.extraction.einvoice.steps import ReadEInvoice
    from docchain.features.extraction.steps import ExtractFields

__all__ = ["EInvoice", "EInvoices", "ExtractFields", "ReadEInvoice", "read_einvoice"]

_HOMES: Final = {
    "EInvoice": "einvoice.model",
    "EInvoices": "einvoice.reader",
    "ExtractFields": "steps",
    "ReadEInvoice": "einvoice.steps",
    "read_einvoice": "einvoice.read",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
