"""Search in OpenSearch and Elasticsearch, in what both have in common."""

from docchain.features.search.opensearch.index import OpenSearchIndex

__all__ = ["OpenSearchIndex"]
