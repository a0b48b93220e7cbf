"""Which back end searches: the one that DOCCHAIN_SEARCH_URL names; only that one is imported."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from docchain.features.search.port import SearchIndex
from docchain.platform.engines import parse_url
from docchain.platform.settings import Settings, SettingsError

_FORMS: Final = (
    "Use embedded:, postgresql: (the application's database), postgresql://…, opensearch+http://host:9200, "
    "elasticsearch+https://host:9200, solr+http://host:8983/solr or whoosh:/path."
)


def chosen_index(settings: Settings, model: str) -> SearchIndex:
    """Nothing is opened yet.

    Raises:
        SettingsError: the setting names no back end, or one that is not installed.
    """
    own, storage = settings.search, settings.storage
    url = own.search_url
    scheme, _, rest = url.partition(":")
    name, _, transport = scheme.partition("+")
    match name:
        case "embedded":
            from docchain.features.search.embedded import EmbeddedIndex  # noqa: PLC0415 - only the chosen one

            return EmbeddedIndex(storage.search_dir, model, own.search_threads)
        case "postgresql":
            return _postgres(rest and url, settings, model)
        case "whoosh":
            from docchain.features.search.whoosh import WhooshIndex  # noqa: PLC0415 - only the chosen one

            return WhooshIndex(Path(rest) if rest else storage.search_dir / "whoosh", model)
        case "opensearch" | "elasticsearch" | "solr" if transport in ("http", "https") and urlsplit(url).hostname:
            return _server(name, f"{transport}:{rest}", settings, model)
    raise SettingsError(f"DOCCHAIN_SEARCH_URL: {scheme!r} names no search back end. {_FORMS}")


def _postgres(url: str, settings: Settings, model: str) -> SearchIndex:
    from docchain.features.search.postgres import PostgresIndex  # noqa: PLC0415 - only the chosen one
    from docchain.platform.postgres import dsn_of  # noqa: PLC0415 - brings the driver

    if not url and not settings.storage.on_postgres:
        raise SettingsError(
            "DOCCHAIN_SEARCH_URL is postgresql:, but the application's database is not PostgreSQL. "
            "Name the database of the index: postgresql://user:password@host/name."
        )
    return PostgresIndex(
        dsn_of(parse_url(url or settings.storage.app_database_url)), model, remembered=settings.search.search_remembered
    )


def _server(name: str, url: str, settings: Settings, model: str) -> SearchIndex:
    seconds = settings.search.search_timeout
    if name == "solr":
        from docchain.features.search.solr import SolrIndex  # noqa: PLC0415 - only the chosen one

        return SolrIndex(url, model, seconds)
    from docchain.features.search.opensearch import OpenSearchIndex  # noqa: PLC0415 - only the chosen one

    return OpenSearchIndex(url, model, name, seconds)
