"""Which PDF and XML belong together: the XML inside a PDF, or documents of the same name."""

from pathlib import PurePath
from typing import Final

from docchain.features.documents import Document, DocumentFilter, DocumentService
from docchain.platform.pagination import PageRequest
from docchain.platform.work import Work

_LOOKED_AT: Final = 50
PDF: Final = "application/pdf"
XML: Final = ("application/xml", "text/xml")


def companion(work: Work, document: Document, media_types: tuple[str, ...]) -> Document | None:
    """The newest document of one of these types whose name differs by its ending only."""
    stem = PurePath(document.name).stem
    found = DocumentService(work).list(DocumentFilter(name=stem), PageRequest(_LOOKED_AT)).items
    fitting = (other for other in found if other.media_type in media_types and other.id != document.id)
    return next((other for other in fitting if PurePath(other.name).stem.casefold() == stem.casefold()), None)
