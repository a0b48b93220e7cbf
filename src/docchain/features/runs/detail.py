"""One run step by step, from its definition, its state and its facts; computed, never stored."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from docchain.engine.definition import WorkflowSpec
from docchain.engine.definition.graph import read_graph
from docchain.engine.definition.models import StepSpec
from docchain.engine.expressions import ExpressionError, compile_value
from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.plan import item_name
from docchain.engine.machine.state import RunState, StepState, scope_of
from docchain.features.runs.costs import Cost, cost_of
from docchain.features.runs.domain import moment, wait_of
from docchain.features.runs.errors import StepMapsNothing, StepNotFound
from docchain.features.runs.noted import Noted
from docchain.features.runs.step_schemas import Attempt, ItemDetail, ItemPage, ItemQuery, StepDetail
from docchain.platform.page_cursors import NOT_OURS, BadCursor, bound, decode, encode
from docchain.platform.secrecy import masked

FIRST_ITEMS: Final = 20
_OUTCOMES: Final[dict[type, Any]] = {
    f.Done: "done",
    f.Signalled: "done",
    f.Gathered: "done",
    f.Failed: "failed",
    f.Waiting: "waiting",
    f.Called: "waiting",
    f.Unknown: "unknown",
}


class RunView:
    """What there is to see of a run at one moment."""

    def __init__(self, spec: WorkflowSpec, state: RunState, facts: Iterable[Any]) -> None:
        self._steps = {step.id: step for step in spec.steps}
        self._needs = read_graph(spec, []).needs
        self._state = state
        facts = list(facts)
        self._noted = Noted(facts)
        self._attempts = _attempts(facts, self._noted)
        self._taken_over = facts[0].seed if facts and isinstance(facts[0], f.Started) else {}
        self._scope = scope_of(state)

    def steps(self) -> list[StepDetail]:
        """Every step in the order of the definition."""
        return [self._step(step) for step in self._steps.values()]

    def cost(self) -> Cost | None:
        """What all of it cost."""
        return cost_of(self._noted.charges())

    def items(self, name: str, wanted: ItemQuery) -> ItemPage:
        """Some items of a step that maps, in the order of their places.

        Raises:
            StepNotFound: there is no such step.
            StepMapsNothing: it is no step that maps, or it has not begun.
        """
        if name not in self._steps:
            raise StepNotFound(name, list(self._steps))
        fan = self._state.fans.get(name)
        if fan is None:
            raise StepMapsNothing(name, mapping=self._steps[name].for_each is not None)
        list_ = bound("items", self._state.run_id, name, wanted.status)
        begin = 0 if wanted.cursor is None else _place(list_, wanted.cursor)
        places = [place for place in range(begin, fan.count) if self._is_wanted(name, place, wanted.status)]
        shown = places[: wanted.limit]
        more = encode(list_, places[wanted.limit], UUID(self._state.run_id)) if len(places) > wanted.limit else None
        given = self._given(name)
        states = (self._state.steps[item_name(name, place)].status for place in range(fan.count))
        return ItemPage(
            items=[self._item(name, place, given) for place in shown],
            next_cursor=more,
            total=fan.count,
            counts=dict(Counter(states)),
        )

    def _is_wanted(self, name: str, place: int, statuses: Sequence[str]) -> bool:
        return not statuses or self._state.steps[item_name(name, place)].status in statuses

    def _step(self, spec: StepSpec) -> StepDetail:
        step = self._state.steps[spec.id]
        maps = spec.id in self._state.fans
        begun = self._begun_at(step, spec.id)
        because = (step.because or "condition") if step.status == s.SKIPPED else None
        return StepDetail(
            id=spec.id,
            kind=spec.use,
            title=spec.title,
            needs=list(self._needs[spec.id]),
            input=None if begun is None or maps else self._input(spec, {}),
            items=self.items(spec.id, ItemQuery(limit=FIRST_ITEMS)) if maps else None,
            skipped_because=because,
            caught_by=self._state.caught.get(spec.id),
            taken_over=spec.id in self._taken_over,
            started_at=_when(begun),
            **self._told(spec.id, step),
        )

    def _item(self, name: str, place: int, given: Sequence[Any]) -> ItemDetail:
        item = item_name(name, place)
        step = self._state.steps[item]
        begun = (
            None
            if step.status in {s.PENDING, s.SKIPPED}
            else step.started_at or self._begun_at(self._state.steps[name], name)
        )
        what = given[place] if place < len(given) else None
        return ItemDetail(
            name=item,
            index=place,
            item=masked(what),
            input=None if begun is None else self._input(self._steps[name], {"item": what, "index": place}),
            started_at=_when(begun),
            **self._told(item, step),
        )

    def _told(self, name: str, step: StepState) -> dict[str, Any]:
        return {
            "status": step.status,
            "output": self._state.outputs.get(name),
            "attempts": self._attempts.get(name, []),
            "cost": cost_of(self._noted.charges(name)),
            "logged": self._noted.lines(name),
            "waits_for": wait_of(step),
            "request": step.request if step.status == s.WAITING else None,
            "child": step.child,
            "next_attempt_at": _when(step.due) if step.status == s.RETRYING else None,
            "wakes_at": _when(step.due) if step.status == s.WAITING else None,
            "expires_at": _when(step.expires),
            "failure": step.failure or None,
            "message": step.message or None,
            "hint": step.hint or None,
            "ended_at": _when(step.ended_at),
        }

    def _begun_at(self, step: StepState, name: str) -> int | None:
        """When a step could begin: at once after the last step it needs; one skipped or taken over never did."""
        state = self._state
        if step.status == s.SKIPPED or name in self._taken_over:
            return None
        known = [end for need in self._needs[name] if (end := state.steps[need].ended_at) is not None]
        if step.status in {s.PENDING, s.CANCELLED} and len(known) < len(self._needs[name]):
            return None
        if (step.status == s.PENDING and state.status == s.PAUSED) or (
            step.status == s.CANCELLED and step.ended_at is None
        ):
            return None
        return max([state.started_at, *known]) or None

    def _given(self, name: str) -> Sequence[Any]:
        """The items a step maps over."""
        fan, for_each = self._state.fans[name], self._steps[name].for_each
        if fan.items is not None or for_each is None:
            return fan.items or ()
        try:
            return list(compile_value(for_each.items, "for_each", []).render(self._scope) or ())
        except ExpressionError:
            return ()

    def _input(self, spec: StepSpec, more: dict[str, Any]) -> Any:
        """Outputs never change, so the parameters come out as they did when the step ran."""
        try:
            return masked(compile_value(spec.with_, "with", []).render({**self._scope, **more}))
        except ExpressionError:
            return None


def _attempts(facts: Iterable[Any], noted: Noted) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = {}
    for fact in facts:
        outcome = _OUTCOMES.get(type(fact))
        if outcome is None:
            continue
        told = found.setdefault(fact.step, [])
        number = getattr(fact, "attempt", told[-1].attempt if told else 1)
        attempt = Attempt(
            attempt=number,
            outcome=outcome,
            started_at=moment(noted.began(fact.step, number) or fact.at),
            at=moment(fact.at),
            cost=cost_of(noted.charges(fact.step, number)),
            failure=getattr(fact, "failure", None),
            message=getattr(fact, "message", None) or None,
            hint=getattr(fact, "hint", None) or None,
        )
        if told and told[-1].attempt == number:
            told[-1] = attempt
        else:
            told.append(attempt)
    return found


def _place(list_: str, cursor: str) -> int:
    place, _ = decode(list_, cursor)
    if not isinstance(place, int) or place < 0:
        raise BadCursor(NOT_OURS)
    return place


def _when(micros: int | None) -> datetime | None:
    return None if micros is None else moment(micros)
