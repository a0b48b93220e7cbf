"""Tables of the journal file; nothing here is ever updated in place but the books of open work."""

from typing import Final

VERSION: Final = 1

SCHEMA: Final = """
-- facts of one run in one commit are one row; run ids are ordered by time, so the index grows at its end
CREATE TABLE entry (position INTEGER PRIMARY KEY, run_id BLOB NOT NULL, facts BLOB NOT NULL);
CREATE INDEX entry_run ON entry (run_id);
-- unfinished runs only: what recovery reads; due is the next timer in microseconds
CREATE TABLE open_run (run_id BLOB PRIMARY KEY, workspace BLOB NOT NULL, active INTEGER NOT NULL, due INTEGER)
    WITHOUT ROWID;
CREATE INDEX open_run_due ON open_run (due) WHERE due IS NOT NULL;
CREATE INDEX open_run_active ON open_run (run_id) WHERE active;
-- the effect ledger: one row an attempt; sending = confirmed + failed + unknown
CREATE TABLE effect (run_id BLOB, step TEXT, attempt INTEGER, key TEXT NOT NULL, status TEXT NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (run_id, step, attempt)) WITHOUT ROWID;
CREATE TABLE blob (workspace BLOB, sha256 BLOB, data BLOB NOT NULL, PRIMARY KEY (workspace, sha256)) WITHOUT ROWID;
CREATE TABLE definition (digest TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cursor (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
"""

PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA cache_size=-32000",
    "PRAGMA temp_store=MEMORY",
)
