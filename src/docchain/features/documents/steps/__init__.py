"""Step kinds of documents: heavy work happens in child processes, and what is made knows what it was made from."""

from docchain.features.documents.steps.parse import ParseDocument
from docchain.features.documents.steps.render import RenderDocument
from docchain.features.documents.steps.searchable import SearchablePdf

__all__ = ["ParseDocument", "RenderDocument", "SearchablePdf"]
