"""The read side of the journal: what runs did, as far as it is durable; works beside an engine or without one."""

from typing import Any
from uuid import UUID

from docchain.engine.definition import WorkflowSpec
from docchain.engine.doors import JournalEntry
from docchain.engine.journal import Journal
from docchain.engine.machine.facts import Fact, Started, decode
from docchain.engine.machine.fold import fold
from docchain.engine.machine.state import RunState
from docchain.engine.plans import DefinitionLostError, Plans

_MOST_EFFECTS = 100_000
Course = tuple[RunState | None, list[Fact]]


class JournalView:
    """Answers from committed facts only."""

    def __init__(self, journal: Journal, plans: Plans) -> None:
        self._journal = journal
        self._plans = plans

    async def state(self, run_id: UUID) -> RunState | None:
        """The run's state as far as it is durable; `None` for a run that has not begun."""
        return (await self.course(run_id))[0]

    async def course(self, run_id: UUID) -> Course:
        """The state, and the facts that it follows from, of one read."""
        history = await self.history(run_id)
        if not history:
            return None, history
        try:
            plan = await self._plans.of(started_of(history).definition)
        except DefinitionLostError:
            plan = None
        return fold(plan, str(run_id), history), history

    async def history(self, run_id: UUID) -> list[Fact]:
        key = run_id.bytes
        rows = await self._journal.facts_of([key])
        return facts_in(rows.get(key, []))

    async def definition(self, digest: str) -> WorkflowSpec | None:
        """The definition; whoever asks shares it, so nobody changes it."""
        try:
            return await self._plans.kept_spec(digest)
        except DefinitionLostError:
            return None

    async def blob(self, workspace_id: UUID, sha256: str) -> bytes | None:
        """Small bytes that a step made, kept in the journal."""
        return await self._journal.blob(workspace_id.bytes, bytes.fromhex(sha256))

    async def entries_after(self, position: int, limit: int = 1_000) -> list[JournalEntry]:
        """Committed entries in order."""
        rows = await self._journal.entries_after(position, limit)
        return [JournalEntry(at, UUID(bytes=run), decode(facts)) for at, run, facts in rows]

    async def effects(self, status: str, limit: int = _MOST_EFFECTS) -> list[dict[str, Any]]:
        """The ledger's rows in one status: `sending`, `confirmed`, `failed` or `unknown`."""
        names = ("step", "attempt", "key", "status", "at")
        return [
            {"run_id": UUID(bytes=row[0]), **dict(zip(names, row[1:], strict=True))}
            for row in await self._journal.effects(status, limit)
        ]


def facts_in(rows: list[bytes]) -> list[Fact]:
    return [fact for row in rows for fact in decode(row)]


def started_of(history: list[Fact]) -> Started:
    first = history[0]
    assert isinstance(first, Started)  # noqa: S101  (every history begins so)
    return first
