"""A run in memory: its plan, its state, and the facts that still wait for their commit."""

from functools import lru_cache
from uuid import UUID

from docchain.engine.doors import StartRun
from docchain.engine.local.run_timers import RunTimers
from docchain.engine.local.window import Window
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Called, Done, Fact, Failed, Sending, Started, Unknown, Waiting
from docchain.engine.machine.plan import Plan
from docchain.engine.machine.state import RunState

Book = tuple[int, int | None]

_LEDGER: dict[type, str] = {
    Sending: "sending",
    Done: "confirmed",
    Waiting: "confirmed",
    Called: "confirmed",
    Failed: "failed",
    Unknown: "unknown",
}


class Resident:
    """One unfinished run. `under_way` counts steps given to workers; `book` is its row in the book of open runs.

    `dirty`: it is part of the next commit; `storing`: of so many that are under way, or durable and not answered yet.
    `fed`: who brought it in counts theirs in this window. `parked`: it leaves memory with the next commit and starts no
    step before it comes back.
    `withheld` are steps that it may not start now, for this or because it is paused. `broken`: the machine stopped amid
    a turn, so its state counts no more; whole turns before it are still committed.
    """

    __slots__ = (
        "book", "broken", "dirty", "facts", "fed", "id", "key", "owner", "parked", "plan", "state", "storing", "timers",
        "under_way", "withheld", "workspace",
    )  # fmt: skip

    def __init__(self, run_id: UUID, workspace: UUID, plan: Plan, state: RunState) -> None:
        self.id = run_id
        self.key = run_id.bytes
        self.workspace = workspace
        self.owner = workspace.bytes
        self.dirty = self.parked = self.broken = False
        self.storing = 0
        self.fed: Window | None = None
        self.plan = plan
        self.state = state
        self.facts: list[Fact] = []
        self.withheld: list[RunStep] = []
        self.under_way = 0
        self.book: Book | None = None
        self.timers = RunTimers(state)

    @property
    def ended(self) -> bool:
        return self.state.ended_at is not None

    @property
    def idle(self) -> bool:
        """Nothing to do before a timer fires or a signal comes."""
        return not (self.under_way or self.dirty or self.storing)

    @property
    def active(self) -> bool:
        """There is work to do now; an ended child has to tell its parent."""
        return self.under_way > 0 or (self.parked and bool(self.withheld)) or self.ended

    def cut(self) -> None:
        """The facts are in a commit; from now on others are gathered."""
        self.timers.note(self.facts)
        self.facts = []

    def effects(self) -> list[tuple[bytes, str, int, str, str, int]]:
        """Ledger rows of the facts that wait for their commit; the last word on an attempt wins."""
        if not self.plan.has_effects or self.state.dry:
            return []
        rows: dict[tuple[str, int], tuple[bytes, str, int, str, str, int]] = {}
        for fact in self.facts:
            status = _LEDGER.get(type(fact))
            if status is None or not self.plan.steps[fact.step].external:  # type: ignore[union-attr]  # ledger facts name a step
                continue
            if type(fact) is Failed and not self._was_sent(fact):
                continue
            rows[fact.step, fact.attempt] = (  # type: ignore[union-attr]  # the same
                self.key,
                fact.step,  # type: ignore[union-attr]  # the same
                fact.attempt,  # type: ignore[union-attr]  # the same
                effect_key(self.state.run_id, fact.step),  # type: ignore[union-attr]  # the same
                status,
                fact.at,
            )
        return list(rows.values())

    def _was_sent(self, fact: Failed) -> bool:
        """Parameters that did not fit fail before anything was sent."""
        return self.state.steps[fact.step].started_at is not None


def effect_key(run_id: str, step: str) -> str:
    """The key a receiver deduplicates by; the same for every attempt."""
    return f"{run_id}:{step}"


def started_fact(command: StartRun, plan: Plan, now: int) -> Started:
    return Started(
        now,
        definition=plan.digest,
        workspace=_text(command.workspace_id.int),
        inputs=dict(command.inputs),
        actor=command.actor,
        label=command.label or plan.workflow,
        attributes=dict(command.attributes),
        priority=command.priority,
        not_before=command.not_before,
        seed=dict(command.seed),
        only=list(command.only),
        dry=command.dry,
        parent=command.parent,
    )


@lru_cache(1_024)
def _text(workspace: int) -> str:
    return str(UUID(int=workspace))
