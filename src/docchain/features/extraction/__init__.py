"""Extraction: typed fields out of parsed documents, each with its confidence, page and box.

Names load when they are first used: child processes read fields through here and need no engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docchain.features.extraction.steps import ExtractFields

__all__ = ["ExtractFields"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.steps"), name)
