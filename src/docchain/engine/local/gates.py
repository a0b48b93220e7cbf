"""Gates: what lets only so many steps run at once, or begin within a period; lanes that find one shut wait at it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docchain.engine.notes import NoteLimits

Entry = tuple[float, int, int, Any]
"""A lane in a heap: virtual time, priority turned round, a number that decides ties, the lane."""


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What runs at once at most, by kind, provider and workspace, and what begins at most within so many seconds.

    Rates name a kind or a provider. `window` is how many runs are kept in memory; a workspace has its share of it.
    `notes`: how much one attempt may log.
    """

    kinds: Mapping[str, int] = field(default_factory=dict)
    providers: Mapping[str, int] = field(default_factory=dict)
    workspace: int | None = None
    rates: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    window: int = 4_096
    notes: NoteLimits = field(default_factory=NoteLimits)

    @property
    def any(self) -> bool:
        return bool(self.kinds or self.providers or self.rates or self.workspace)


class Gate:
    """`limit` steps at once; `rate` steps begin in any period of so many seconds."""

    __slots__ = ("_begun", "_limit", "_period", "_running", "waiting")

    def __init__(self, limit: int | None, rate: tuple[int, float] | None) -> None:
        self._limit = limit
        self._running = 0
        self._begun: deque[int] | None = deque(maxlen=rate[0]) if rate else None
        self._period = int(rate[1] * 1_000_000) if rate else 0
        self.waiting: list[Entry] = []

    def is_open(self, now: int) -> bool:
        return (self._limit is None or self._running < self._limit) and self._next(now) <= now

    def opens_at(self, now: int) -> int | None:
        """The moment that lets the next step in, if it is only time that is waited for."""
        if self._limit is not None and self._running >= self._limit:
            return None
        return self._next(now)

    def enter(self, now: int) -> None:
        self._running += 1
        if self._begun is not None:
            self._begun.append(now)

    def leave(self, *, unused: bool) -> None:
        """`unused`: the step did not begin after all."""
        self._running -= 1
        if unused and self._begun:
            self._begun.pop()

    def _next(self, now: int) -> int:
        begun = self._begun
        if begun is None or begun.maxlen is None or len(begun) < begun.maxlen:
            return now
        return max(now, begun[0] + self._period)


class Gates:
    """All gates of an engine, made when first asked for."""

    def __init__(self, limits: EngineLimits) -> None:
        self._limits = limits
        self._gates: dict[tuple[str, Any], Gate] = {}

    def of(self, workspace: Any, kind: str, provider: str) -> tuple[Gate, ...]:
        """Those that a step must pass."""
        limits = self._limits
        rates = limits.rates
        asked = (
            (("kind", kind), limits.kinds.get(kind), rates.get(kind)),
            (("provider", provider), limits.providers.get(provider), rates.get(provider) if provider else None),
            (("workspace", workspace), limits.workspace, None),
        )
        return tuple(self._gate(name, limit, rate) for name, limit, rate in asked if limit or rate)

    def opens_at(self, now: int) -> int | None:
        """When the first gate with lanes waiting opens by time alone."""
        moments = [gate.opens_at(now) for gate in self._gates.values() if gate.waiting]
        return min((moment for moment in moments if moment is not None), default=None)

    def opened(self, now: int) -> list[Gate]:
        return [gate for gate in self._gates.values() if gate.waiting and gate.is_open(now)]

    def _gate(self, name: tuple[str, Any], limit: int | None, rate: tuple[int, float] | None) -> Gate:
        if name not in self._gates:
            self._gates[name] = Gate(limit, rate)
        return self._gates[name]
