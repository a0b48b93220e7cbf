"""Search as the composition root builds it: index, embedder, keeper, indexer and service over one set of sources."""

from collections.abc import Sequence
from dataclasses import dataclass

from docchain.features.documents import ArtefactShelf, Children, Contents, ParsedTexts, parse_limits
from docchain.features.search.choosing import chosen_index
from docchain.features.search.embedding import Embedder
from docchain.features.search.indexer import Indexer
from docchain.features.search.keeper import IndexKeeper
from docchain.features.search.port import SearchIndex
from docchain.features.search.service import SearchService
from docchain.features.search.sources import DocumentSource, MoreFacts, RunSource, Source
from docchain.features.search.texts import Texts
from docchain.platform.database import Database
from docchain.platform.engines import parse_url
from docchain.platform.processes import ProcessPool
from docchain.platform.settings import Settings
from docchain.platform.spool import Spool


@dataclass(frozen=True, slots=True)
class Search:
    """What doors, steps and the bootstrap use; `child` is the process that has the models, while it is needed."""

    index: SearchIndex
    embedder: Embedder
    service: SearchService
    indexer: Indexer
    child: ProcessPool

    async def close(self) -> None:
        await self.index.close()
        await self.child.close()


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
        processes: where texts are parsed; what is made of them has a process of its own.
        also: what higher features want found, besides documents and runs: workflows, the audit log.
        facts: what they know of documents: filters and facets.
    """
    sources: list[Source] = [DocumentSource(facts), RunSource(), *also]
    own, timeout = settings.search, settings.processes.process_timeout
    wanted = [source for source in sources if source.kind in own.search_kinds]
    memory, spool = settings.processes.process_memory_mb * 1024**2, Spool(settings.storage.spool_dir)
    own_process = ProcessPool(1, memory, rest=own.search_rest, spool=spool)
    embedder = Embedder(own_process, timeout)
    index = chosen_index(settings, embedder.model)
    limits = parse_limits(settings)
    parsers, child = Children(processes, timeout), Children(own_process, timeout)
    parsed = ParsedTexts(contents, parsers, ArtefactShelf(database, contents), limits)
    texts = Texts(contents, parsed, child, own.search_text)
    keeper = IndexKeeper(database, index, wanted, texts, embedder, own.search_passages)
    service = SearchService(database, index, wanted, embedder, own.search_passages, own.search_patience)
    return Search(index, embedder, service, _indexer(settings, keeper), own_process)


def _indexer(settings: Settings, keeper: IndexKeeper) -> Indexer:
    """Servers with a database in common agree there on who writes an index that they share as well."""
    folder, pause = settings.storage.search_dir, settings.search.search_pause
    if settings.search.search_url.startswith("embedded:") or not settings.storage.on_postgres:
        return Indexer(keeper, folder, pause=pause)
    from docchain.features.search.sole_writer import SharedIndexer  # noqa: PLC0415 - only where it is needed
    from docchain.platform.postgres import dsn_of  # noqa: PLC0415 - brings the driver

    return SharedIndexer(keeper, folder, dsn_of(parse_url(settings.storage.app_database_url)), pause=pause)
