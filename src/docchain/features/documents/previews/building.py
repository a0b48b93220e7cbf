"""Texts and pictures of contents, as the composition root builds them over one shelf."""

from dataclasses import dataclass
from datetime import timedelta

from docchain.features.documents.artefacts.shelf import ArtefactShelf
from docchain.features.documents.artefacts.texts import ParsedTexts
from docchain.features.documents.children import Children
from docchain.features.documents.contents import Contents
from docchain.features.documents.parse_settings import parse_limits
from docchain.features.documents.parsing.options import Budget
from docchain.features.documents.previews.background import PreviewLoop
from docchain.features.documents.previews.house import Previews
from docchain.platform.database import Database
from docchain.platform.processes import ProcessPool
from docchain.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Beside:
    """What is kept beside contents; `loop` runs beside the engine, unless the operator wants no thumbnails."""

    texts: ParsedTexts
    previews: Previews
    loop: PreviewLoop | None


def build_beside(settings: Settings, database: Database, contents: Contents, processes: ProcessPool) -> Beside:
    """Nothing is opened or loaded yet."""
    own = settings.previews
    shelf = ArtefactShelf(database, contents)
    limits = parse_limits(settings)
    budget = Budget(own.parse_batch_seconds, own.page_timeout)
    texts = ParsedTexts(contents, Children(processes, settings.processes.process_timeout), shelf, limits, budget)
    previews = Previews(contents, Children(processes, own.preview_timeout), shelf, texts, own.preview_pixels)
    makes = own.previews == "background"
    return Beside(texts, previews, PreviewLoop(database, previews, timedelta(days=own.preview_days)) if makes else None)
