"""The embedded back end: tantivy for text and facets, exact vectors in a file, one folder for each workspace."""

from docchain.features.search.embedded.index import EmbeddedIndex

__all__ = ["EmbeddedIndex"]
