"""Search as the composition root builds it: index, embedder, keeper, indexer and service over one set of sources."""

from collections.abc import Sequence
from dataclasses import dataclass

from docchain.features.documents import Children, Contents
from docchain.features.search.embedded import EmbeddedIndex
from docchain.features.search.embedding import Embedder
from docchain.features.search.indexer import Indexer
from docchain.features.search.keeper import IndexKeeper
from docchain.features.search.port import SearchIndex
from docchain.features.search.service import SearchService
from docchain.features.search.sources import DocumentSource, MoreFacts, RunSource, Source
from docchain.features.search.texts import Texts
from docchain.platform.database import Database
from docchain.platform.processes import ProcessPool
from docchain.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Search:
    """What doors, steps and the bootstrap use."""

    index: SearchIndex
    embedder: Embedder
    service: SearchService
    indexer: Indexer

    async def close(self) -> None:
        await self.index.close()


def build_search(
    settings: Settings,
    database: Database,
    contents: Contents,
    processes: ProcessPool,
    *,
    also: Sequence[Source] = (),
    facts: Sequence[MoreFacts] = (),
) -> Search:
    """Nothing is opened or loaded yet.

    Args:
        settings: what the operator chose.
        database: where things are.
        contents: where their bytes are.
        processes: where texts are read and embedded.
        also: what higher features want found, besides documents and runs.
        facts: what they know of documents: filters and facets.
    """
    sources: list[Source] = [DocumentSource(facts), RunSource(), *also]
    own, timeout, folder = settings.search, settings.processes.process_timeout, settings.storage.search_dir
    wanted = [source for source in sources if source.kind in own.search_kinds]
    embedder = Embedder(processes, timeout)
    index = EmbeddedIndex(folder, embedder.model, own.search_threads)
    limits = {"pages": settings.limits.max_pages, "pixels": settings.limits.max_image_pixels}
    texts = Texts(contents, Children(processes, timeout), limits, own.search_text)
    keeper = IndexKeeper(database, index, wanted, texts, embedder, own.search_passages)
    service = SearchService(database, index, wanted, embedder, own.search_passages)
    return Search(index, embedder, service, Indexer(keeper, folder, pause=own.search_pause))
