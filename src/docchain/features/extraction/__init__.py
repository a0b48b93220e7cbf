"""Extraction: typed fields out of parsed documents, each with its confidence, page and box.

Names load when they are first used: child processes read fields through here and need no engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from docchain.features.extraction.correcting import (
        Lesson,
        changes_of,
        likeness_of,
    )
    from docchain.features.extraction.einvoice.model import EInvoice
    from docchain.features.extraction.einvoice.read import read_einvoice
    from docchain.features.extraction.einvoice.reader import EInvoices
    from docchain.features.extraction.einvoice.steps import ReadEInvoice
    from docchain.features.extraction.extract import extract_parsed
    from docchain.features.extraction.field_spec import FieldSpec
    from docchain.features.extraction.fingerprints import Fingerprint, likeness
    from docchain.features.extraction.grounding import Said, ground
    from docchain.features.extraction.memory import same
    from docchain.features.extraction.recalling import Recalls
    from docchain.features.extraction.results import Extraction
    from docchain.features.extraction.schema import schema_key
    from docchain.features.extraction.steps import ExtractFields, ExtractResult, judge, rules_of, wanted_of

__all__ = [
    "EInvoice",
    "EInvoices",
    "ExtractFields",
    "ExtractResult",
    "Extraction",
    "FieldSpec",
    "Fingerprint",
    "Lesson",
    "ReadEInvoice",
    "Recalls",
    "Said",
    "changes_of",
    "extract_parsed",
    "ground",
    "judge",
    "likeness",
    "likeness_of",
    "read_einvoice",
    "rules_of",
    "same",
    "schema_key",
    "wanted_of",
]

_HOMES: Final = {
    "EInvoice": "einvoice.model",
    "EInvoices": "einvoice.reader",
    "Extraction": "results",
    "FieldSpec": "field_spec",
    **dict.fromkeys(("Lesson", "changes_of", "likeness_of"), "correcting"),
    **dict.fromkeys(("Fingerprint", "likeness"), "fingerprints"),
    "Recalls": "recalling",
    "same": "memory",
    "schema_key": "schema",
    "extract_parsed": "extract",
    **dict.fromkeys(("Said", "ground"), "grounding"),
    **dict.fromkeys(("ExtractFields", "ExtractResult", "judge", "rules_of", "wanted_of"), "steps"),
    "ReadEInvoice": "einvoice.steps",
    "read_einvoice": "einvoice.read",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
