"""Tables of the journal in PostgreSQL: the same as in the file, and the lease that says whose commits count."""

from typing import Final

VERSION: Final = 1

# One number for all who make the schema at the same time.
SCHEMA_LOCK: Final = 0x646F_6363_6A6F_7572

SCHEMA: Final = """
CREATE SCHEMA IF NOT EXISTS journal;
CREATE TABLE journal.format (version INTEGER NOT NULL);
CREATE TABLE journal.entry (position BIGINT PRIMARY KEY, run_id BYTEA NOT NULL, facts BYTEA NOT NULL);
CREATE INDEX entry_run ON journal.entry (run_id);
CREATE TABLE journal.open_run (run_id BYTEA PRIMARY KEY, workspace BYTEA NOT NULL, active BOOLEAN NOT NULL, due BIGINT)
    WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX open_run_due ON journal.open_run (due, run_id) WHERE due IS NOT NULL;
CREATE INDEX open_run_active ON journal.open_run (run_id) WHERE active;
CREATE TABLE journal.effect (run_id BYTEA, step TEXT, attempt INTEGER, key TEXT NOT NULL, status TEXT NOT NULL,
    at BIGINT NOT NULL, PRIMARY KEY (run_id, step, attempt)) WITH (fillfactor = 80);
CREATE TABLE journal.blob (workspace BYTEA, sha256 BYTEA, data BYTEA NOT NULL, PRIMARY KEY (workspace, sha256));
CREATE TABLE journal.definition (digest TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE journal.cursor (name TEXT PRIMARY KEY, position BIGINT NOT NULL);
-- one row for good: whoever holds this epoch may commit; epoch 0 until somebody takes the lease
CREATE TABLE journal.lease (one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one), epoch BIGINT NOT NULL,
    holder TEXT NOT NULL, expires TIMESTAMPTZ NOT NULL);
INSERT INTO journal.lease VALUES (TRUE, 0, '', '-infinity');
"""

APPEND: Final = """
INSERT INTO journal.entry
SELECT given.* FROM (SELECT FROM journal.lease WHERE epoch = $1 FOR SHARE) AS held,
    unnest($2::bigint[], $3::bytea[], $4::bytea[]) AS given
"""
"""A batch of nothing but entries, as runs without waits and effects make it: a third cheaper than `COMMIT`."""

COMMIT: Final = """
WITH held AS MATERIALIZED (
    SELECT 1 FROM journal.lease WHERE epoch = $1 FOR SHARE
), entries AS (
    INSERT INTO journal.entry
    SELECT * FROM unnest($2::bigint[], $3::bytea[], $4::bytea[]) WHERE EXISTS (SELECT FROM held)
), opened AS (
    INSERT INTO journal.open_run
    SELECT * FROM unnest($5::bytea[], $6::bytea[], $7::boolean[], $8::bigint[]) WHERE EXISTS (SELECT FROM held)
    ON CONFLICT (run_id) DO UPDATE SET active = excluded.active, due = excluded.due
), closed AS (
    DELETE FROM journal.open_run WHERE run_id = ANY ($9::bytea[]) AND EXISTS (SELECT FROM held)
), effects AS (
    INSERT INTO journal.effect
    SELECT * FROM unnest($10::bytea[], $11::text[], $12::integer[], $13::text[], $14::text[], $15::bigint[])
    WHERE EXISTS (SELECT FROM held)
    ON CONFLICT (run_id, step, attempt) DO UPDATE SET status = excluded.status, at = excluded.at
), blobs AS (
    INSERT INTO journal.blob
    SELECT * FROM unnest($16::bytea[], $17::bytea[], $18::bytea[]) WHERE EXISTS (SELECT FROM held)
    ON CONFLICT DO NOTHING
), definitions AS (
    INSERT INTO journal.definition
    SELECT * FROM unnest($19::text[], $20::text[]) WHERE EXISTS (SELECT FROM held)
    ON CONFLICT DO NOTHING
), cursors AS (
    INSERT INTO journal.cursor
    SELECT * FROM unnest($21::text[], $22::bigint[]) WHERE EXISTS (SELECT FROM held)
    ON CONFLICT (name) DO UPDATE SET position = greatest(cursor.position, excluded.position)
)
SELECT FROM held
"""
"""One statement, hence one transaction and one round trip. The share lock fences: a take-over waits for it, and who
comes after the take-over finds no row. Positions that exist already make it fail as a whole: they are the same batch
committed before, whose answer was lost, and nothing of it is done twice."""

OTHERS: Final = """
SELECT count(*) FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS given (position, run_id, facts)
LEFT JOIN journal.entry AS kept USING (position)
WHERE (kept.run_id, kept.facts) IS DISTINCT FROM (given.run_id, given.facts)
"""
"""How many positions hold something else than this batch."""

BLOB: Final = "SELECT data FROM journal.blob WHERE workspace = $1 AND sha256 = $2"
SHAS: Final = "SELECT sha256 FROM journal.blob WHERE workspace = $1"
EFFECTS: Final = (
    "SELECT run_id, step, attempt, key, status, at FROM journal.effect WHERE status = $1 ORDER BY run_id LIMIT $2"
)
