"""A year of history in a minute: finished runs, their entries and their definition, written as tables of plain rows."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, Boolean, Integer

from docchain.engine.journal import SqliteJournal
from docchain.features.runs.tables import RunRow
from docchain.platform.schema import ensure_current

DEFINITION: Final = {"workflow": "history", "steps": [{"id": "a", "use": "text.template", "with": {"template": "x"}}]}
DIGEST: Final = "history"
WORKFLOWS: Final = 20
START: Final = datetime(2025, 11, 22, tzinfo=UTC)
_BATCH: Final = 20_000
_STATUSES: Final = ("succeeded",) * 88 + ("failed",) * 6 + ("rejected",) * 3 + ("cancelled",) * 2 + ("waiting",)
_ORIGINS: Final = ("api",) * 17 + ("cli",) * 2 + ("schedule",)


def run_id(number: int) -> UUID:
    """Ids in the order of time, as the product makes them."""
    return UUID(int=(1_763_769_600_000 + number * 30) << 80 | 7 << 76 | 2 << 62 | number)


def runs_of(count: int, workspace: UUID) -> Iterator[dict[str, Any]]:
    """Rows of the run list; workflow 20 never failed and never came from the command line."""
    for number in range(1, count + 1):
        at = START + timedelta(milliseconds=30 * number)
        workflow = 1 + number * 7 % WORKFLOWS
        spread = number * 2_654_435_761 >> 8
        status = "succeeded" if workflow == WORKFLOWS else _STATUSES[spread % 100]
        ended = None if status == "waiting" else at + timedelta(milliseconds=20)
        yield {
            "id": run_id(number),
            "workspace_id": workspace,
            "number": number,
            "workflow_id": UUID(int=workflow),
            "workflow_number": workflow,
            "workflow_version": 1,
            "label": f"history_{workflow}",
            "origin": "api" if workflow == WORKFLOWS else _ORIGINS[spread // 100 % 20],
            "definition": DIGEST,
            "status": status,
            "waits": {"a": "approval"} if status == "waiting" else {},
            "in_doubt": number % 20_000 == 0,
            "actor": "ana",
            "inputs": {"number": number, "note": "an invoice of a supplier, with some words to it"},
            "warnings": [],
            "output": {"total": "1190.00", "currency": "EUR"},
            "failure": "bad_input" if status == "failed" else "",
            "message": "",
            "failed_step": "a" if status == "failed" else "",
            "created_at": at,
            "started_at": at,
            "ended_at": ended,
            "mode": "normal",
            "listed": True,
        }


def facts_of(row: dict[str, Any]) -> bytes:
    """One entry a run: what a pure run leaves."""
    at = int(row["created_at"].timestamp() * 1_000_000)
    started = {"fact": "started", "at": at, "definition": DIGEST, "workspace": str(row["workspace_id"])}
    facts: list[dict[str, Any]] = [{**started, "inputs": row["inputs"], "actor": "ana", "label": row["label"]}]
    if row["ended_at"] is None:
        facts.append({"fact": "waiting", "at": at + 9_000, "step": "a", "attempt": 1, "signal": "answer"})
    elif row["status"] == "failed":
        failed = {"fact": "failed", "at": at + 9_000, "step": "a", "attempt": 1, "failure": "bad_input"}
        facts.append({**failed, "message": "not a document"})
    else:
        facts.append({"fact": "done", "at": at + 9_000, "step": "a", "attempt": 1, "output": row["output"]})
    if row["ended_at"] is not None:
        facts.append({"fact": "ended", "at": at + 20_000, "status": row["status"], "output": row["output"]})
    return json.dumps(facts, separators=(",", ":")).encode()


def _complete(row: dict[str, Any]) -> dict[str, Any]:
    """With the columns that later releases added, at rest."""
    for column in RunRow.__table__.columns:
        if column.name not in row:
            row[column.name] = None if column.nullable else _rest(column.type)
    return row


def _rest(type_: Any) -> Any:
    if isinstance(type_, JSON):
        return {}
    return 0 if isinstance(type_, Integer | Boolean) else ""


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return value.bytes
        case datetime():
            return value.replace(tzinfo=None).isoformat(" ", "microseconds")
        case dict() | list():
            return json.dumps(value)
    return value


async def load_sqlite(folder: Path, runs: int, workspace: UUID) -> None:
    """Fill `folder/app.db` (migrated here) and `folder/journal.db`; the counters of numbers and cursors fit."""
    await ensure_current(f"sqlite:///{folder / 'app.db'}")
    journal = SqliteJournal(folder / "journal.db")
    await journal.open()
    await journal.close()
    await asyncio.to_thread(_fill_sqlite, folder, runs, workspace)


def _fill_sqlite(folder: Path, runs: int, workspace: UUID) -> None:
    app, journal = sqlite3.connect(folder / "app.db"), sqlite3.connect(folder / "journal.db")
    for connection in (app, journal):
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-200000")
    names = [column.name for column in RunRow.__table__.columns]
    insert = f"INSERT INTO run ({','.join(names)}) VALUES ({','.join('?' * len(names))})"  # noqa: S608 - our own columns
    where = "type = 'index' AND tbl_name = 'run' AND sql IS NOT NULL"
    indices = app.execute(f"SELECT name, sql FROM sqlite_master WHERE {where}").fetchall()  # noqa: S608 - fixed
    for name, _ in indices:
        app.execute(f"DROP INDEX {name}")
    for first, rows in _batches(runs, workspace):
        app.executemany(insert, [tuple(_plain(row[name]) for name in names) for row in rows])
        entries = [(place, row["id"].bytes, facts_of(row)) for place, row in enumerate(rows, first)]
        journal.executemany("INSERT INTO entry VALUES (?,?,?)", entries)
        waiting = [(row["id"].bytes, workspace.bytes) for row in rows if row["ended_at"] is None]
        journal.executemany("INSERT INTO open_run VALUES (?,?,0,NULL)", waiting)
    for _, sql in indices:
        app.execute(sql)
    app.execute("INSERT INTO handle_counter (workspace_id, kind, last) VALUES (?,'run',?)", (workspace.bytes, runs))
    app.execute("INSERT INTO reader_cursor VALUES ('journal', ?, '2026-11-22 00:00:00.000000')", (runs,))
    journal.execute("INSERT INTO definition VALUES (?,?)", (DIGEST, json.dumps(DEFINITION)))
    for connection in (app, journal):
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def _batches(runs: int, workspace: UUID) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    batch: list[dict[str, Any]] = []
    for row in runs_of(runs, workspace):
        batch.append(_complete(row))
        if len(batch) == _BATCH or row["number"] == runs:
            yield row["number"] - len(batch) + 1, batch
            batch = []


async def load_postgres(url: str, runs: int, workspace: UUID) -> None:
    """Fill the run list of a migrated database, and its journal where there is one."""
    import asyncpg  # noqa: PLC0415 - only who measures PostgreSQL needs it

    await ensure_current(url)
    connection = await asyncpg.connect(url)
    names = [column.name for column in RunRow.__table__.columns]
    try:
        journal = await connection.fetchval("SELECT to_regclass('journal.entry') IS NOT NULL")
        for first, rows in _batches(runs, workspace):
            records = [tuple(_text(row[name]) for name in names) for row in rows]
            await connection.copy_records_to_table("run", records=records, columns=names)
            if journal:
                entries = [(place, row["id"].bytes, facts_of(row)) for place, row in enumerate(rows, first)]
                columns = ["position", "run_id", "facts"]
                await connection.copy_records_to_table("entry", schema_name="journal", records=entries, columns=columns)
        await connection.execute("INSERT INTO handle_counter VALUES ($1, 'run', $2)", workspace, runs)
        await connection.execute("INSERT INTO reader_cursor VALUES ('journal', $1, now())", runs)
        await connection.execute("VACUUM ANALYZE run")
    finally:
        await connection.close()


def _text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value
