"""The ready queue: whose step runs next. Workspaces take turns; within one, the higher priority goes first.

A lane holds the steps of one workspace (of one kind and provider, where limits are set). The lane whose workspace has
been served least comes first; a lane whose limit is reached waits at its gate and costs nothing there.
"""

from bisect import insort
from collections import deque
from heapq import heappop, heappush, heapreplace
from itertools import count
from typing import Any

from docchain.engine.clock import EngineClock
from docchain.engine.kinds import Kinds
from docchain.engine.local.gates import EngineLimits, Entry, Gate, Gates
from docchain.engine.local.resident import Resident
from docchain.engine.machine.commands import RunStep

Item = tuple[Resident, RunStep, "Lane"]


class Turns:
    """How much of the engine a workspace has had."""

    __slots__ = ("served",)

    def __init__(self) -> None:
        self.served = 0.0


class Lane:
    """Steps that wait for the same; `entry` is its place in the heap, `order` the ranks that wait, the first first."""

    __slots__ = ("_queues", "entry", "gates", "order", "turns")

    def __init__(self, turns: Turns, gates: tuple[Gate, ...]) -> None:
        self.turns = turns
        self.gates = gates
        self.entry: Entry | None = None
        self._queues: dict[int, deque[Item]] = {}
        self.order: list[int] = []

    @property
    def rank(self) -> int:
        """The highest priority that waits, turned round; meaningless in an empty lane."""
        return self.order[0]

    def add(self, item: Item, rank: int) -> None:
        queue = self._queues.get(rank)
        if queue is None:
            queue = self._queues[rank] = deque()
        if not queue:
            insort(self.order, rank)
        queue.append(item)

    def take(self) -> Item:
        queue = self._queues[self.order[0]]
        item = queue.popleft()
        if not queue:
            del self.order[0]
        return item


class ReadyQueue:
    """Steps in, the next step out; whoever took one says `leave` when it is over."""

    def __init__(self, limits: EngineLimits, kinds: Kinds, clock: EngineClock) -> None:
        self._limited = limits.any
        self._providers = {*limits.providers, *limits.rates}
        self._gates = Gates(limits)
        self._kinds = kinds
        self._clock = clock
        self._heap: list[Entry] = []
        self._lanes: dict[Any, Lane] = {}
        self._turns: dict[bytes, Turns] = {}
        self._served = 0.0
        self._numbers = count()

    def __bool__(self) -> bool:
        """Whether a step may begin now, or it is worth asking."""
        return bool(self._heap)

    def add(self, run: Resident, command: RunStep) -> None:
        key = self._key(run, command) if self._limited else run.owner
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._open(run.owner, key)
        rank = -run.state.priority
        better = not lane.order or rank < lane.order[0]
        lane.add((run, command, lane), rank)
        if better:
            self._enqueue(lane)

    def pop(self) -> Item | None:
        """The next step that may begin; none when there is none, or all wait at gates."""
        heap = self._heap
        while heap:
            entry = heap[0]
            lane: Lane = entry[3]
            if lane.entry is not entry:
                heappop(heap)
            elif len(heap) > 1 and entry[0] < lane.turns.served:
                lane.entry = self._entry(lane)
                heapreplace(heap, lane.entry)
            elif not (lane.gates and self._stops(lane)):
                return self._serve(lane)
        return None

    def leave(self, lane: Lane, *, unused: bool = False) -> None:
        """A step that was taken is over; `unused`: it did not even begin."""
        if not lane.gates:
            return
        now = self._clock.micros()
        for gate in lane.gates:
            gate.leave(unused=unused)
        self._let_in(lane.gates, now)

    def opens_at(self) -> int | None:
        """When to ask again, if time opens a gate."""
        return self._gates.opens_at(self._clock.micros()) if self._limited else None

    def look_again(self) -> None:
        """Time has passed: gates may be open."""
        now = self._clock.micros()
        self._let_in(self._gates.opened(now), now)

    def clear(self) -> None:
        self._heap.clear()
        self._lanes.clear()

    def _serve(self, lane: Lane) -> Item:
        heap, turns = self._heap, lane.turns
        item = lane.take()
        self._served = turns.served
        turns.served += 1.0
        if lane.gates:
            now = self._clock.micros()
            for gate in lane.gates:
                gate.enter(now)
        if not lane.order:
            lane.entry = None
            heappop(heap)
        elif len(heap) > 1:
            lane.entry = self._entry(lane)
            heapreplace(heap, lane.entry)
        if lane.gates:
            self._let_in(lane.gates, self._clock.micros())
        return item

    def _enqueue(self, lane: Lane) -> None:
        """Put a lane into the heap, or to a better place; one that was empty has no claim to turns it did not want."""
        if lane.entry is None:
            lane.turns.served = max(lane.turns.served, self._served)
        lane.entry = self._entry(lane)
        heappush(self._heap, lane.entry)

    def _entry(self, lane: Lane) -> Entry:
        return (lane.turns.served, lane.rank, next(self._numbers), lane)

    def _stops(self, lane: Lane) -> bool:
        """Send the lane that is first to the first gate that is shut; the others let in whom else they have."""
        now = self._clock.micros()
        shut = next((gate for gate in lane.gates if not gate.is_open(now)), None)
        if shut is None:
            return False
        heappop(self._heap)  # before the others come in: one of them may be first then
        lane.entry = self._entry(lane)
        heappush(shut.waiting, lane.entry)
        self._let_in(lane.gates, now)
        return True

    def _let_in(self, gates: Any, now: int) -> None:
        """One lane from each open gate; it brings the next along when it is served, or stopped elsewhere."""
        for gate in gates:
            while gate.waiting and gate.is_open(now):
                entry = heappop(gate.waiting)
                if entry[3].entry is entry:
                    entry[3].entry = self._entry(entry[3])
                    heappush(self._heap, entry[3].entry)
                    break

    def _key(self, run: Resident, command: RunStep) -> tuple[bytes, str, str]:
        use = run.plan.steps[command.step.partition("[")[0]].use
        if not self._providers:
            return (run.owner, use, "")
        try:
            provider = self._kinds[use].provider(command.params)
        except Exception:  # noqa: BLE001 (parameters are checked later, and told then)
            provider = ""
        return (run.owner, use, provider if provider in self._providers else "")

    def _open(self, owner: bytes, key: Any) -> Lane:
        turns = self._turns.setdefault(owner, Turns())
        gates = self._gates.of(owner, key[1], key[2]) if self._limited else ()
        lane = self._lanes[key] = Lane(turns, gates)
        return lane
