"""The state of a run: the fold of its facts; bookkeeping only, nothing is evaluated here."""

from typing import Any

import msgspec

from docchain.engine.machine.facts import Called, Parent

PENDING = "pending"
SENDING = "sending"
WAITING = "waiting"
RETRYING = "retrying"
UNKNOWN = "unknown"
MAPPING = "mapping"
DONE = "done"
FAILED = "failed"
SKIPPED = "skipped"
CANCELLED = "cancelled"

SETTLED = frozenset({DONE, FAILED, SKIPPED, CANCELLED})

RUNNING = "running"
PAUSED = "paused"
SUCCEEDED = "succeeded"
REJECTED = "rejected"


NEED = "need"
"""Why a step was skipped: what it needs failed, or was skipped for the same reason."""
BRANCH = "branch"
NOT_SELECTED = "not_selected"
OF_THE_RUN = ""
"""In place of a step's name: the run itself."""


class StepState(msgspec.Struct, omit_defaults=True, gc=False):
    """One step, or one item (`parse[3]`) `of` a `for_each` step.

    `attempt` counts from 1, `tried` are the attempts before the run was reopened; `due` wakes a retry or a wait,
    `expires` is a wait's time-out; `child` is the child run it called, `called` how, as long as its end is awaited.
    """

    status: str = PENDING
    attempt: int = 1
    signal: str | None = None
    due: int | None = None
    expires: int | None = None
    rejects: bool = False
    request: dict[str, Any] | None = None
    failure: str = ""
    message: str = ""
    hint: str = ""
    retry_after: int | None = None
    started_at: int | None = None
    ended_at: int | None = None
    of: str = ""
    because: str = ""
    tried: int = 0
    child: str | None = None
    called: Called | None = None


class Fan(msgspec.Struct, omit_defaults=True, gc=False):
    """The items of a `for_each` step, counted as they settle, so that no fact makes anybody look at all of them.

    `items` are kept when they were computed; `order` are the items of a reopened run that are done again; `awaited`
    are effects and child runs under way; `held`: items settled during the pause, whose successors did not start;
    `left` are failed items that nobody wanted tried again.
    """

    count: int
    tolerate: int = 0
    items: list[Any] | None = None
    order: list[int] | None = None
    settled: int = 0
    failed: int = 0
    awaited: int = 0
    held: int = 0
    left: int = 0

    @property
    def total(self) -> int:
        return self.count if self.order is None else len(self.order)

    @property
    def failing(self) -> bool:
        """Too many items failed: no more are begun."""
        return self.is_too_many(self.failed)

    def is_too_many(self, failed: int) -> bool:
        """Items left alone count, but do not by themselves keep the others from being tried."""
        return failed > 0 and failed + self.left > self.tolerate

    def indexes(self, begin: int, end: int) -> list[int]:
        """The items whose turn comes from the `begin`-th to before the `end`-th."""
        if self.order is None:
            return list(range(max(begin, 0), min(end, self.count)))
        return self.order[max(begin, 0) : end]


class RunState(msgspec.Struct, omit_defaults=True, gc=False):
    """A run. `stopping` holds the status it will end with while effects and child runs under way are awaited.

    `due` is when it begins; `only` are the steps to run, all when empty; `patched`: it began with seeds or was
    reopened, so that any step may be the last one; `caught` names the handler of each failed step that has one;
    `barred` are the steps that did not come about, so that what needs them is skipped; `held` are the steps settled
    or woken during the last pause.
    """

    run_id: str
    steps: dict[str, StepState]
    outputs: dict[str, Any] = {}
    inputs: dict[str, Any] = {}
    status: str = PENDING
    started_at: int = 0
    ended_at: int | None = None
    actor: str = ""
    label: str = ""
    stopping: str = ""
    reason: str = ""
    failed_step: str = ""
    output: Any = None
    failure: str = ""
    message: str = ""
    priority: int = 0
    dry: bool = False
    due: int | None = None
    only: list[str] = []
    parent: Parent | None = None
    patched: bool = False
    awaited: int = 0
    caught: dict[str, str] = {}
    barred: dict[str, str] = {}
    fans: dict[str, Fan] = {}
    held: list[str] = []


class _Errors(dict[str, Any]):
    """Errors by step; a step that did not fail has none, which is `null`."""

    def __missing__(self, step: str) -> None:
        return None


def scope_of(state: RunState) -> dict[str, Any]:
    """What expressions see."""
    return {
        "inputs": state.inputs,
        "steps": state.outputs,
        "errors": _errors_of(state) if state.caught else _NO_ERRORS,
        "run": {"id": state.run_id, "actor": state.actor, "workflow": state.label},
    }


_NO_ERRORS = _Errors()


def _errors_of(state: RunState) -> _Errors:
    failed = {name: state.steps[name] for name in state.caught}
    return _Errors(
        {name: {"failure": step.failure, "message": step.message, "hint": step.hint} for name, step in failed.items()}
    )
