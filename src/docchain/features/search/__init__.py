"""Search: everything is found, by its words and by its meaning, by whoever may read it.

Names load when they are first used: starting a server loads neither indexes nor models.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from docchain.features.search.embedded import EmbeddedIndex
    from docchain.features.search.embedding import Embedder
    from docchain.features.search.emptying import index_of
    from docchain.features.search.house import Search, build_search
    from docchain.features.search.orders import order_rebuild, status_of
    from docchain.features.search.port import Entry, Fact
    from docchain.features.search.query_text import parse_query
    from docchain.features.search.ranking import Ranker
    from docchain.features.search.schemas import Rebuild, SearchAnswer, SearchRequest, SearchStatus
    from docchain.features.search.service import SearchService, workspace_of
    from docchain.features.search.sources import DocumentSource, MoreFacts, RunSource, Source, texts_in
    from docchain.features.search.steps import SearchStep

__all__ = [
    "DocumentSource",
    "EmbeddedIndex",
    "Embedder",
    "Entry",
    "Fact",
    "MoreFacts",
    "Ranker",
    "Rebuild",
    "RunSource",
    "Search",
    "SearchAnswer",
    "SearchRequest",
    "SearchService",
    "SearchStatus",
    "SearchStep",
    "Source",
    "build_search",
    "index_of",
    "order_rebuild",
    "parse_query",
    "status_of",
    "texts_in",
    "workspace_of",
]

_HOMES: Final = {
    "EmbeddedIndex": "embedded",
    "Embedder": "embedding",
    **dict.fromkeys(("Entry", "Fact"), "port"),
    "Ranker": "ranking",
    "index_of": "emptying",
    **dict.fromkeys(("Search", "build_search"), "house"),
    **dict.fromkeys(("SearchService", "workspace_of"), "service"),
    **dict.fromkeys(("Rebuild", "SearchAnswer", "SearchRequest", "SearchStatus"), "schemas"),
    **dict.fromkeys(("order_rebuild", "status_of"), "orders"),
    "SearchStep": "steps",
    "parse_query": "query_text",
    **dict.fromkeys(("DocumentSource", "MoreFacts", "RunSource", "Source", "texts_in"), "sources"),
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
