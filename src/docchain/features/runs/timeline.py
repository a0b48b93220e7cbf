"""A run's course in time, read from its facts: when each attempt could begin, began and ended, what it waited for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from docchain.engine.machine import facts as f
from docchain.features.runs.domain import CALLED, IN_DOUBT, waits_for

RETRY: Final = "retry"
Needs = Mapping[str, Sequence[str]]


class Stretch(msgspec.Struct):
    """Microseconds; an open end is `None`."""

    reason: str
    began: int
    ended: int | None = None


class Drawn(msgspec.Struct):
    """One bar, in microseconds since the epoch."""

    name: str
    attempt: int
    queued: int
    started: int | None = None
    ended: int | None = None
    status: str = "pending"
    waits: list[Stretch] = []
    child: str | None = None
    critical: bool = False

    @property
    def step(self) -> str:
        return step_of(self.name)

    def wait(self, reason: str, at: int) -> None:
        self.started = self.started or at
        self.waits.append(Stretch(reason, at))

    def end_waits(self, at: int) -> None:
        for wait in self.waits:
            wait.ended = wait.ended or at


def step_of(name: str) -> str:
    """The step that an item belongs to; a step itself."""
    return name.partition("[")[0]


class Course:
    """Bars of one run, drawn fact by fact."""

    def __init__(self, needs: Needs, facts: Iterable[f.Fact]) -> None:
        self._needs = needs
        self.bars: list[Drawn] = []
        self.pauses: list[Stretch] = []
        self._settled: dict[str, int] = {}
        self._open: dict[str, Drawn] = {}
        self._fanned: dict[str, int] = {}
        self._start = 0
        self._reopened = 0
        self._again: dict[str, int] = {}
        for fact in facts:
            if (draw := _DRAW.get(type(fact))) is not None:
                draw(self, fact)

    def bar(self, name: str, attempt: int | None = None) -> Drawn:
        """The attempt's bar; a new one when it is the first that is heard of it."""
        found = self._open.get(name)
        if found is None or (attempt is not None and found.attempt != attempt):
            found = Drawn(name, attempt or 1, self._again.pop(name, 0) or self._could_begin(name))
            self._open[name] = found
            self.bars.append(found)
        return found

    def started(self, fact: f.Started) -> None:
        self._start = fact.at

    def fired(self, fact: f.Fired) -> None:
        if not fact.step:
            self._start = fact.at

    def fanned(self, fact: f.FannedOut) -> None:
        bar = self.bar(fact.step)
        bar.started, bar.status = fact.at, "mapping"
        self._fanned[fact.step] = fact.at

    def sending(self, fact: f.Sending) -> None:
        bar = self.bar(fact.step, fact.attempt)
        bar.started, bar.status = fact.at, "running"

    def noted(self, fact: f.Noted) -> None:
        bar = self.bar(fact.step, fact.attempt)
        bar.started = min(bar.started or fact.began, fact.began)
        bar.queued = min(bar.queued, bar.started)

    def waiting(self, fact: f.Waiting) -> None:
        bar = self.bar(fact.step, fact.attempt)
        bar.status = "waiting"
        bar.wait(waits_for(fact.signal, fact.request.get("kind")), fact.at)

    def called(self, fact: f.Called) -> None:
        bar = self.bar(fact.step, fact.attempt)
        bar.status, bar.child = "waiting", fact.run
        bar.wait(CALLED, fact.at)

    def unknown(self, fact: f.Unknown) -> None:
        bar = self.bar(fact.step, fact.attempt)
        bar.status = "unknown"
        if fact.policy == "park":
            bar.wait(IN_DOUBT, fact.at)
        elif fact.policy == "resend":
            self._close(bar, "unknown", fact.at)
            del self._open[fact.step]
            self._again[fact.step] = fact.at

    def signalled(self, fact: f.Signalled) -> None:
        bar = self.bar(fact.step)
        bar.end_waits(fact.at)
        if bar.status == "waiting":
            self._close_last(fact.step, "done", fact.at)

    def done(self, fact: f.Done) -> None:
        self._close_last(fact.step, "done", fact.at, fact.attempt)

    def failed(self, fact: f.Failed) -> None:
        if fact.step in self._fanned:
            for name in [name for name in self._open if name != fact.step and step_of(name) == fact.step]:
                self._close(self._open.pop(name), "cancelled", fact.at)
        self._close_last(fact.step, "failed", fact.at, fact.attempt)

    def gathered(self, fact: f.Gathered) -> None:
        self._close_last(fact.step, "done", fact.at)

    def skipped(self, fact: f.Skipped) -> None:
        self._settled[fact.step] = fact.at

    def retry(self, fact: f.Retry) -> None:
        self._open.pop(fact.step, None)
        bar = self.bar(fact.step, fact.attempt)
        bar.waits.append(Stretch(RETRY, fact.at, fact.due))
        bar.queued = fact.due

    def paused(self, fact: f.Paused) -> None:
        self.pauses.append(Stretch("", fact.at))

    def resumed(self, fact: f.Resumed) -> None:
        for pause in self.pauses:
            pause.ended = pause.ended or fact.at

    def reopened(self, fact: f.Reopened) -> None:
        self._reopened = fact.at

    def ended(self, fact: f.Ended) -> None:
        for bar in list(self._open.values()):
            self._close(bar, "cancelled", fact.at)
        self._open.clear()
        for pause in self.pauses:
            pause.ended = pause.ended or fact.at

    def _could_begin(self, name: str) -> int:
        """When what it needs was there; an item's turn may come later than that."""
        step = step_of(name)
        if step != name:
            return max(self._fanned.get(step, self._start), self._reopened)
        ends = (self._settled.get(need, 0) for need in self._needs.get(step, ()))
        return max([self._start, self._reopened, *ends])

    def _close_last(self, name: str, status: str, at: int, attempt: int | None = None) -> None:
        self._close(self.bar(name, attempt), status, at)
        del self._open[name]
        self._settled[name] = at

    def _close(self, bar: Drawn, status: str, at: int) -> None:
        """What says nothing of its beginning was quick."""
        bar.end_waits(at)
        bar.status, bar.ended = status, at
        if bar.started is None and status != "cancelled":
            bar.started = at


_DRAW: Final[dict[type, Callable[[Course, Any], None]]] = {
    f.Started: Course.started,
    f.Fired: Course.fired,
    f.FannedOut: Course.fanned,
    f.Sending: Course.sending,
    f.Noted: Course.noted,
    f.Waiting: Course.waiting,
    f.Called: Course.called,
    f.Unknown: Course.unknown,
    f.Signalled: Course.signalled,
    f.Done: Course.done,
    f.Failed: Course.failed,
    f.Gathered: Course.gathered,
    f.Skipped: Course.skipped,
    f.Retry: Course.retry,
    f.Paused: Course.paused,
    f.Resumed: Course.resumed,
    f.Reopened: Course.reopened,
    f.Ended: Course.ended,
}


def mark_critical(course: Course, needs: Needs, now: int) -> None:
    """Go back from what ended last, each time to what was waited for longest; of items, to the last one."""
    ends = {bar.name: bar.ended or now for bar in course.bars}
    steps = [name for name in ends if step_of(name) == name]
    place = max(steps, key=lambda name: ends[name], default=None)
    critical: set[str] = set()
    while place is not None and place not in critical:
        critical.add(place)
        items = [name for name in ends if name != place and step_of(name) == place]
        if items:
            critical.add(max(items, key=lambda name: ends[name]))
        place = max(_before(place, needs, ends), key=lambda name: ends[name], default=None)
    for bar in course.bars:
        bar.critical = bar.name in critical


def _before(step: str, needs: Needs, ends: Mapping[str, int]) -> list[str]:
    """What it waited for; through a skipped step, what that one waited for."""
    found: list[str] = []
    left, seen = list(needs.get(step, ())), set[str]()
    while left:
        need = left.pop()
        if need in ends:
            found.append(need)
        elif need not in seen:
            left.extend(needs.get(need, ()))
        seen.add(need)
    return found
