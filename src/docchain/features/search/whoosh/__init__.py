"""Search in Whoosh: pure Python, in a folder; for small archives where nothing else can be installed."""

from docchain.features.search.whoosh.index import WhooshIndex

__all__ = ["WhooshIndex"]
