"""The tables of search in PostgreSQL, in a schema of their own; what the server has decides what they can do."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import asyncpg

DIMENSION: Final = 512
EXTENSIONS: Final = ("pg_trgm", "vector")
_LOCK: Final = 0x646F_6373_6561_7263
_TABLES: Final = """
CREATE SCHEMA IF NOT EXISTS docchain_search;
CREATE TABLE IF NOT EXISTS docchain_search.generation (
  name uuid PRIMARY KEY, workspace uuid NOT NULL, position bigint, current boolean NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS generation_current ON docchain_search.generation (workspace) WHERE current;
CREATE TABLE IF NOT EXISTS docchain_search.entry (
  generation uuid NOT NULL REFERENCES docchain_search.generation ON DELETE CASCADE,
  id uuid NOT NULL, kind text NOT NULL, state text NOT NULL,
  created timestamptz NOT NULL, updated timestamptz NOT NULL,
  text text NOT NULL, kept text NOT NULL, marks text[] NOT NULL,
  numbers jsonb NOT NULL, moments jsonb NOT NULL, words tsvector NOT NULL,
  PRIMARY KEY (generation, id));
CREATE INDEX IF NOT EXISTS entry_words ON docchain_search.entry USING gin (words);
CREATE INDEX IF NOT EXISTS entry_marks ON docchain_search.entry USING gin (marks);
CREATE INDEX IF NOT EXISTS entry_created ON docchain_search.entry (generation, created);
CREATE INDEX IF NOT EXISTS entry_updated ON docchain_search.entry (generation, updated);
CREATE INDEX IF NOT EXISTS entry_state ON docchain_search.entry (generation, state) WHERE state <> 'ready';
CREATE TABLE IF NOT EXISTS docchain_search.passage (
  generation uuid NOT NULL, id uuid NOT NULL, passage int NOT NULL, model text NOT NULL, numbers bytea NOT NULL,
  PRIMARY KEY (generation, id, passage),
  FOREIGN KEY (generation, id) REFERENCES docchain_search.entry ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS docchain_search.word (
  generation uuid NOT NULL REFERENCES docchain_search.generation ON DELETE CASCADE,
  folded text COLLATE "C" NOT NULL, shown text NOT NULL,
  PRIMARY KEY (generation, folded));
"""
_LETTERS: Final = "CREATE INDEX IF NOT EXISTS word_letters ON docchain_search.word USING gin (folded gin_trgm_ops)"
_POINTS: Final = f"""
ALTER TABLE docchain_search.passage ADD COLUMN IF NOT EXISTS point vector({DIMENSION});
ALTER TABLE docchain_search.passage ALTER COLUMN point SET STORAGE PLAIN, ALTER COLUMN numbers SET STORAGE PLAIN;
"""
"""Beside their row: every one is read to be compared."""


@dataclass(frozen=True, slots=True)
class Able:
    """What a server has: letters can be compared (pg_trgm), and vectors (pgvector)."""

    letters: bool
    points: bool


async def prepare(connection: asyncpg.Connection, wanted: Collection[str]) -> Able:
    """Make what is not there yet; whoever comes at the same time waits."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        has = [name for name in EXTENSIONS if name in wanted and await _has(connection, name)]
        await connection.execute(_TABLES)
        if "pg_trgm" in has:
            await connection.execute(_LETTERS)
        if "vector" in has:
            await connection.execute(_POINTS)
    return Able("pg_trgm" in has, "vector" in has)


async def _has(connection: asyncpg.Connection, name: str) -> bool:
    """An extension that is there, or that this role may add."""
    try:
        async with connection.transaction():
            await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
    except (asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFileError):
        return False
    return True
