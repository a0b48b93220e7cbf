"""Search in SolrCloud (9.5 or later), with its own `_default` configuration; never run against a real server."""

from docchain.features.search.solr.index import SolrIndex

__all__ = ["SolrIndex"]
