"""What retention takes from the journal: whole runs, or what they were about; what happened is still told."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from docchain.engine.machine import facts as f

PURGED: Final = "[purged]"
"""Stands where a value was."""

_DECIDES: Final = ("decision", "outcome", "signal")
"""Words of an answer that say what happened, not what it was about."""


def purged(facts: Sequence[f.Fact]) -> list[f.Fact]:
    """The facts without inputs, outputs, requests, answers, log lines and names of products; they fold to the same."""
    return [_PURGE[type(fact)](fact) if type(fact) in _PURGE else fact for fact in facts]


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(values, PURGED)


def _value(value: Any) -> Any:
    """Nothing stays nothing; of an answer stays what it decided."""
    if isinstance(value, dict):
        return {name: value[name] for name in _DECIDES if isinstance(value.get(name), str)} or PURGED
    return None if value is None else PURGED


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": request["kind"]} if "kind" in request else {}


def _product(product: Mapping[str, Any]) -> dict[str, Any]:
    return {**product, "name": PURGED} if "name" in product else dict(product)


_PURGE: Final[dict[type, Callable[[Any], f.Fact]]] = {
    f.Started: lambda fact: replace(fact, inputs=_named(fact.inputs), seed=_named(fact.seed)),
    f.Done: lambda fact: replace(fact, output=_value(fact.output), products=[_product(one) for one in fact.products]),
    f.Noted: lambda fact: replace(fact, lines=[]),
    f.Called: lambda fact: replace(fact, inputs=_named(fact.inputs)),
    f.Waiting: lambda fact: replace(fact, request=_request(fact.request)),
    f.Escalated: lambda fact: replace(fact, request=_request(fact.request)),
    f.Signalled: lambda fact: replace(fact, payload=_value(fact.payload)),
    f.Ended: lambda fact: replace(fact, output=_value(fact.output)),
}


def forget(connection: sqlite3.Connection, keys: Sequence[bytes]) -> None:
    """Delete these runs' entries and effects in one transaction.

    The newest entry of all stays, emptied: positions count on from it, and readers have read up to it.
    """
    marks = ",".join("?" * len(keys))
    with _transaction(connection):
        connection.execute(f"DELETE FROM effect WHERE run_id IN ({marks})", keys)  # noqa: S608 (marks)
        newest = connection.execute("SELECT max(position) FROM entry").fetchone()[0]
        theirs = f"run_id IN ({marks})"
        connection.execute(f"UPDATE entry SET facts = ? WHERE position = ? AND {theirs}", (b"[]", newest, *keys))  # noqa: S608 (marks)
        connection.execute(f"DELETE FROM entry WHERE {theirs} AND position <> ?", (*keys, newest))  # noqa: S608 (marks)


def rewrite(connection: sqlite3.Connection, rows: Sequence[tuple[int, bytes]]) -> None:
    """Replace the facts at these positions in one transaction."""
    with _transaction(connection):
        connection.executemany("UPDATE entry SET facts = ? WHERE position = ?", [(facts, at) for at, facts in rows])


def forget_blobs(connection: sqlite3.Connection, workspace: bytes, shas: Sequence[bytes], since: int) -> None:
    """Delete these contents of a workspace, unless facts that came behind `since` name them."""
    with _transaction(connection):
        later = connection.execute("SELECT facts FROM entry WHERE position > ?", (since,)).fetchall()
        gone = _unnamed(shas, [facts for (facts,) in later])
        connection.executemany(
            "DELETE FROM blob WHERE workspace = ? AND sha256 = ?", [(workspace, sha) for sha in gone]
        )


def _unnamed(shas: Sequence[bytes], entries: Sequence[bytes]) -> list[bytes]:
    return [sha for sha in shas if not any(sha.hex().encode() in bytes(facts) for facts in entries)]


class _transaction:  # noqa: N801 (reads as a word)
    """All of it or nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


FORGET_EFFECTS: Final = "DELETE FROM journal.effect WHERE run_id = ANY ($1::bytea[])"
EMPTY_NEWEST: Final = (
    "UPDATE journal.entry SET facts = '[]'::bytea WHERE run_id = ANY ($1::bytea[]) "
    "AND position = (SELECT max(position) FROM journal.entry)"
)
FORGET_ENTRIES: Final = (
    "DELETE FROM journal.entry WHERE run_id = ANY ($1::bytea[]) "
    "AND position < (SELECT max(position) FROM journal.entry)"
)
REWRITE: Final = (
    "UPDATE journal.entry SET facts = given.facts FROM unnest($1::bigint[], $2::bytea[]) AS given (position, facts) "
    "WHERE entry.position = given.position"
)


async def forget_in_postgres(connection: Any, keys: Sequence[bytes]) -> None:
    """The same, on a connection of its own: rows of ended runs are in nobody's way."""
    async with connection.transaction():
        for statement in (FORGET_EFFECTS, EMPTY_NEWEST, FORGET_ENTRIES):
            await connection.execute(statement, list(keys))


async def rewrite_in_postgres(connection: Any, rows: Sequence[tuple[int, bytes]]) -> None:
    await connection.execute(REWRITE, [at for at, _ in rows], [facts for _, facts in rows])


async def forget_blobs_in_postgres(connection: Any, given: tuple[bytes, Sequence[bytes], int]) -> None:
    """The same; commits wait meanwhile, so that none finds a content that goes."""
    workspace, shas, since = given
    async with connection.transaction():
        await connection.execute("LOCK TABLE journal.blob IN SHARE ROW EXCLUSIVE MODE")
        later = await connection.fetch("SELECT facts FROM journal.entry WHERE position > $1", since)
        gone = _unnamed(shas, [row["facts"] for row in later])
        await connection.execute(
            "DELETE FROM journal.blob WHERE workspace = $1 AND sha256 = ANY ($2::bytea[])", workspace, gone
        )
