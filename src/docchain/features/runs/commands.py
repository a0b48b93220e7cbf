"""The engine's source of commands: what doors appended, in the order of their positions."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeVar
from uuid import UUID

from docchain.engine.doors import CancelRun, Command, Cursors, PauseRun, ResumeRun, RetryRun, SignalRun, StartRun
from docchain.features.runs.repository import RunRepository
from docchain.features.runs.tables import CommandRow
from docchain.platform.database import Database
from docchain.platform.work import SYSTEM

T = TypeVar("T")


class CommandLog:
    """Reads commands and definitions for an engine."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def starts_after(
        self, cursors: Cursors, each: int, without: AbstractSet[UUID] = frozenset()
    ) -> Sequence[StartRun]:
        return await self._read(
            lambda runs: [_start(row, row.payload) for row in runs.commands_after(cursors, each, without, orders=False)]
        )

    async def orders_after(self, cursors: Cursors, each: int) -> Sequence[Command]:
        return await self._read(
            lambda runs: [_READ[row.kind](row, row.payload) for row in runs.commands_after(cursors, each, orders=True)]
        )

    async def starts_of(self, run_ids: Sequence[UUID]) -> Sequence[StartRun]:
        return await self._read(lambda runs: [_start(row, row.payload) for row in runs.starts_of(run_ids)])

    async def definition(self, digest: str) -> str:
        body = await self._read(lambda runs: runs.definition(digest))
        if body is None:
            raise LookupError(f"No definition with digest {digest} is kept; the database does not fit the journal.")
        return body

    async def _read(self, look: Callable[[RunRepository], T]) -> T:
        return await self._database.read(lambda work: look(RunRepository(work.session)), SYSTEM)


def _start(row: CommandRow, payload: dict[str, Any]) -> StartRun:
    return StartRun(
        position=row.position,
        run_id=row.run_id,
        workspace_id=row.workspace_id,
        definition=payload["definition"],
        inputs=payload["inputs"],
        actor=row.actor,
        label=payload["label"],
        attributes=payload["attributes"],
        priority=payload.get("priority", 0),
        not_before=payload.get("not_before"),
        seed=payload.get("seed", {}),
        only=payload.get("only", ()),
        dry=payload.get("dry", False),
    )


def _signal(row: CommandRow, payload: dict[str, Any]) -> SignalRun:
    return SignalRun(
        row.position, row.run_id, row.workspace_id, payload["step"], payload["signal"], payload["payload"], row.actor
    )


def _cancel(row: CommandRow, payload: dict[str, Any]) -> CancelRun:
    return CancelRun(row.position, row.run_id, row.workspace_id, row.actor, payload["reason"])


def _pause(row: CommandRow, payload: dict[str, Any]) -> PauseRun:
    return PauseRun(row.position, row.run_id, row.workspace_id, row.actor, payload.get("reason", ""))


def _resume(row: CommandRow, _payload: dict[str, Any]) -> ResumeRun:
    return ResumeRun(row.position, row.run_id, row.workspace_id, row.actor)


def _retry(row: CommandRow, payload: dict[str, Any]) -> RetryRun:
    return RetryRun(row.position, row.run_id, row.workspace_id, row.actor, payload.get("steps", ()))


_READ: Final[dict[str, Callable[[CommandRow, dict[str, Any]], Command]]] = {
    "signal": _signal,
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
    "retry": _retry,
}
