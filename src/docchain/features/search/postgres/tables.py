"""The tables of search in PostgreSQL, in a schema of their own; what the server has decides what they can do."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import asyncpg

EXTENSIONS: Final = ("pg_trgm",)
_LOCK: Final = 0x646F_6373_6561_7263
LAYOUT: Final = "docchain search, layout 5"
"""An index of another layout is dropped: the indexer brings it up again."""
_TABLES: Final = """
CREATE SCHEMA docchain_search;
CREATE TABLE docchain_search.generation (
  name uuid PRIMARY KEY, number bigint GENERATED ALWAYS AS IDENTITY,
  workspace uuid NOT NULL, position bigint, current boolean NOT NULL,
  version bigint NOT NULL DEFAULT 0, passages bigint NOT NULL DEFAULT 0, last bigint NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX generation_current ON docchain_search.generation (workspace) WHERE current;
CREATE TABLE docchain_search.entry (
  generation uuid NOT NULL REFERENCES docchain_search.generation ON DELETE CASCADE,
  id uuid NOT NULL, ord bigint NOT NULL, kind text NOT NULL, state text NOT NULL,
  created timestamptz NOT NULL, updated timestamptz NOT NULL,
  codes bigint[] NOT NULL, facets bytea NOT NULL,
  numbers jsonb NOT NULL, moments jsonb NOT NULL, words tsvector NOT NULL,
  PRIMARY KEY (generation, id));
ALTER TABLE docchain_search.entry SET (toast_tuple_target = 256);
CREATE INDEX entry_words ON docchain_search.entry USING gin (words) WITH (gin_pending_list_limit = 512);
CREATE INDEX entry_codes ON docchain_search.entry USING gin (codes) WITH (gin_pending_list_limit = 512);
CREATE INDEX entry_ord ON docchain_search.entry (generation, ord);
CREATE INDEX entry_created ON docchain_search.entry (generation, created, id);
CREATE INDEX entry_updated ON docchain_search.entry (generation, updated, id);
CREATE INDEX entry_state ON docchain_search.entry (generation, state) WHERE state <> 'ready';
CREATE TABLE docchain_search.shown (
  generation uuid NOT NULL, id uuid NOT NULL, kept text NOT NULL, text text NOT NULL,
  PRIMARY KEY (generation, id),
  FOREIGN KEY (generation, id) REFERENCES docchain_search.entry ON DELETE CASCADE);
CREATE TABLE docchain_search.passage (
  generation uuid NOT NULL, id uuid NOT NULL, passage int NOT NULL,
  kind text NOT NULL, model text NOT NULL, signs bit(512) NOT NULL, version bigint NOT NULL,
  PRIMARY KEY (generation, id, passage),
  FOREIGN KEY (generation, id) REFERENCES docchain_search.entry ON DELETE CASCADE);
CREATE INDEX passage_version ON docchain_search.passage (generation, version);
CREATE TABLE docchain_search.gone (
  generation uuid NOT NULL REFERENCES docchain_search.generation ON DELETE CASCADE,
  id uuid NOT NULL, version bigint NOT NULL, PRIMARY KEY (generation, id));
CREATE INDEX gone_version ON docchain_search.gone (generation, version);
CREATE TABLE docchain_search.meaning (
  generation uuid NOT NULL, id uuid NOT NULL, model text NOT NULL, numbers bytea NOT NULL,
  PRIMARY KEY (generation, id),
  FOREIGN KEY (generation, id) REFERENCES docchain_search.entry ON DELETE CASCADE);
ALTER TABLE docchain_search.meaning ALTER COLUMN numbers SET STORAGE EXTERNAL;
CREATE TABLE docchain_search.mark (
  generation uuid NOT NULL REFERENCES docchain_search.generation ON DELETE CASCADE,
  code bigint NOT NULL, mark text NOT NULL, PRIMARY KEY (generation, code));
CREATE TABLE docchain_search.word (
  generation uuid NOT NULL REFERENCES docchain_search.generation ON DELETE CASCADE,
  folded text COLLATE "C" NOT NULL, shown text NOT NULL,
  PRIMARY KEY (generation, folded));
"""
_LETTERS: Final = "CREATE INDEX IF NOT EXISTS word_letters ON docchain_search.word USING gin (folded gin_trgm_ops)"


@dataclass(frozen=True, slots=True)
class Able:
    """What a server has: letters can be compared (pg_trgm)."""

    letters: bool


async def prepare(connection: asyncpg.Connection, wanted: Collection[str]) -> Able:
    """Make what is not there yet; whoever comes at the same time waits."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        has = [name for name in EXTENSIONS if name in wanted and await _has(connection, name)]
        found = await connection.fetchval("SELECT obj_description(to_regnamespace('docchain_search'), 'pg_namespace')")
        if found != LAYOUT:
            await connection.execute("DROP SCHEMA IF EXISTS docchain_search CASCADE")
            await connection.execute(_TABLES)
            await connection.execute(f"COMMENT ON SCHEMA docchain_search IS '{LAYOUT}'")
        if "pg_trgm" in has:
            await connection.execute(_LETTERS)
    return Able("pg_trgm" in has)


async def _has(connection: asyncpg.Connection, name: str) -> bool:
    """An extension that is there, or that this role may add."""
    try:
        async with connection.transaction():
            await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
    except (asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFileError):
        return False
    return True
