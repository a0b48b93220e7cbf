"""Search in PostgreSQL: an index that servers which share no data folder have in common."""

from docchain.features.search.postgres.index import PostgresIndex

__all__ = ["PostgresIndex"]
