"""Extraction: typed fields out of parsed documents, each with its confidence, page and box."""

from docchain.features.extraction.steps import ExtractFields

__all__ = ["ExtractFields"]
