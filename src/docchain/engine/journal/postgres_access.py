"""Connections to the journal's database: what they are set to, and which of their failures pass by themselves."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import asyncpg

from docchain.engine.journal.port import JournalError, JournalUnavailableError

CONNECT_SECONDS: Final = 5.0
_PASSING: Final = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""A server that is away, restarting, full, or no longer the primary."""

# Tables that grow from nothing make a cached plan with a scan a trap; with the scan priced high, JIT would step in.
_PLANS: Final = {"enable_seqscan": "off", "jit": "off", "application_name": "docchain journal"}
WRITES: Final = {**_PLANS, "synchronous_commit": "on", "plan_cache_mode": "force_generic_plan"}
READS: Final = {**_PLANS, "synchronous_commit": "off"}


async def connect(dsn: str, settings: dict[str, str], patience: float) -> Any:
    """Open one connection; `patience` in seconds is for each of its statements."""
    with told():
        return await asyncpg.connect(dsn, timeout=CONNECT_SECONDS, command_timeout=patience, server_settings=settings)


async def hang_up(connection: Any) -> None:
    """Say goodbye, briefly, or just go."""
    try:
        await connection.close(timeout=CONNECT_SECONDS)
    except _PASSING:
        connection.terminate()


@contextmanager
def told() -> Iterator[None]:
    """Say in the port's words what the driver or the server raises."""
    try:
        yield
    except _PASSING as error:
        raise JournalUnavailableError(f"PostgreSQL does not answer: {reason(error)}") from error
    except asyncpg.PostgresError as error:
        raise JournalError(f"PostgreSQL refused: {reason(error)}") from error


def reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


def columns(rows: list[Any], width: int) -> list[tuple[Any, ...]]:
    """Rows turned on their side, as `unnest` wants them."""
    return list(zip(*rows, strict=True)) if rows else [()] * width
