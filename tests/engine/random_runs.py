"""Random definitions and what goes wrong with them, for the model test."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

LINES = st.sampled_from(["ok", "ok", "ok", "ok", "fail:unavailable", "fail:denied", "bug", "lost", "sent"])
KINDS = st.sampled_from(
    ["t.send", "t.send", "t.send", "t.send", "t.pure", "t.pure", "t.idempotent", "t.find", "t.ask", "t.hold"]
)


@dataclass
class Case:
    """A definition, the script its steps follow, and how the run begins."""

    definition: dict[str, Any]
    script: dict[str, list[str]]
    how: dict[str, Any] = field(default_factory=dict)

    @property
    def is_chain(self) -> bool:
        return all("needs" not in step for step in self.definition["steps"])

    @property
    def is_race(self) -> bool:
        """What is read depends on who comes first."""
        return any(step.get("join") == "any" for step in self.definition["steps"])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    chained = draw(st.booleans())
    steps: list[dict[str, Any]] = []
    script: dict[str, list[str]] = {}
    for place in range(draw(st.sampled_from([1, 2, 2, 3, 3, 4, 5, 0]))):
        name = f"s{place}"
        steps.append(draw(_step(name, [step["id"] for step in steps], chained=chained)))
        script[name] = draw(st.lists(LINES, max_size=3))
        script[f"{name}?"] = draw(st.lists(st.sampled_from(["ok", "bug"]), max_size=2))
    output = {name: f"${{steps.{name}}}" for name in [step["id"] for step in steps]}
    return Case({"workflow": "w", "steps": steps, "output": output}, script)


@st.composite
def _step(draw: st.DrawFn, name: str, earlier: list[str], *, chained: bool) -> dict[str, Any]:
    use = draw(KINDS)
    step: dict[str, Any] = {"id": name, "use": use}
    if use in {"t.pure", "t.idempotent", "t.send", "t.find"}:
        step["with"] = {"value": draw(st.sampled_from([1, "text", "run ${run.id}"]))}
        attempts, on = draw(st.integers(1, 3)), draw(st.sampled_from([["unavailable"], ["denied", "bug"], []]))
        step["retry"] = {"attempts": attempts, "initial": "2s", "on": on}
    if use == "t.send":
        step["in_doubt"] = draw(st.sampled_from(["park", "resend"]))
    if use == "t.hold":
        step["with"] = draw(st.sampled_from([{"signal": "answer"}, {"until": 1_750_000_500.0}]))
    if use in {"t.ask", "t.hold"} and draw(st.booleans()):
        step["timeout"] = {"after": "10m", "then": draw(st.sampled_from(["fail", "continue"]))}
    if not chained:
        step["needs"] = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
    if earlier and (chained or step["needs"]) and draw(st.integers(0, 3)) == 3:
        seen = earlier[-1] if chained else step["needs"][0]
        step["when"] = draw(st.sampled_from([f"steps.{seen} == null", f"steps.{seen} != null", "1 + 1.5 == 2.5"]))
    return step


@st.composite
def flow_cases(draw: st.DrawFn, *, calls: bool = True) -> Case:
    """Cases with items, handlers, joins and child runs, that begin in any way."""
    case = draw(cases())
    steps = case.definition["steps"]
    for step in steps:
        if calls and draw(st.integers(0, 4)) == 3:
            draw(_calling(step, case.script))
        if draw(st.integers(0, 2)) == 2:
            draw(_mapped(step, case.script))
    for place, step in enumerate(steps[:-1]):
        if draw(st.booleans()):
            case.script[step["id"]] = draw(st.lists(st.sampled_from(["ok", "fail:denied", "bug", "lost"]), max_size=3))
            handler = draw(st.sampled_from(steps[place + 1 :]))
            draw(_handled(step, handler["id"]))
            if "needs" not in handler:
                handler.pop("when", None)
    _let_handlers_run(steps)
    for place, step in enumerate(steps):
        catches = {other["id"] for other in steps if step["id"] in handlers_of(other)}
        needs = step.get("needs", [steps[place - 1]["id"]] if place and not catches else [])
        if set(needs) - catches:
            step["join"] = draw(st.sampled_from(["all", "all", "any", "settled"]))
    case.how = draw(_how([step["id"] for step in steps]))
    return case


def handlers_of(step: dict[str, Any]) -> set[str | None]:
    return {step.get("on_error"), step.get("timeout", {}).get("then")}


def _let_handlers_run(steps: list[dict[str, Any]]) -> None:
    """No handler needs what comes after a step that it catches; needs beside those stay."""
    after: dict[str, set[str]] = {}
    for place, step in enumerate(steps):
        name = step["id"]
        catches = {other["id"] for other in steps[:place] if name in handlers_of(other)}
        if "needs" in step and catches:
            kept = [need for need in step["needs"] if not catches & after[need]]
            if kept != step["needs"]:  # its condition may look at what is needed no more
                step.pop("when", None)
            step["needs"] = kept
        needs = step.get("needs", [steps[place - 1]["id"]] if place and not catches else [])
        after[name] = {name}.union(*(after[need] for need in (*needs, *catches)))


@st.composite
def _mapped(draw: st.DrawFn, step: dict[str, Any], script: dict[str, list[str]]) -> None:
    items = draw(st.sampled_from([[], [1], [1, 2, 3, 4], "${[run.id, 'b', 'c'].filter(x, true)}"]))
    tolerate = draw(st.sampled_from([0, 1, "50%", "all"]))
    step["for_each"] = {"items": items, "concurrency": draw(st.integers(1, 3)), "tolerate": tolerate}
    if "when" not in step and draw(st.integers(0, 3)) == 0:
        step["when"] = "index != 1"
    for index in range(4):
        script[f"{step['id']}[{index}]"] = draw(st.lists(LINES, max_size=2))


@st.composite
def _calling(draw: st.DrawFn, step: dict[str, Any], script: dict[str, list[str]]) -> None:
    place = step["id"]
    inner = [{"id": f"c{place}{n}", "use": draw(st.sampled_from(["t.pure", "t.send", "t.ask"]))} for n in range(2)]
    script.update({child["id"]: draw(st.lists(LINES, max_size=2)) for child in inner})
    step.pop("in_doubt", None)
    step.update({"use": "t.call", "with": {"child": {"workflow": "c", "steps": inner, "output": {"value": 5}}}})
    if draw(st.booleans()):
        step["timeout"] = {"after": "5m", "then": draw(st.sampled_from(["fail", "continue"]))}


@st.composite
def _handled(draw: st.DrawFn, step: dict[str, Any], handler: str) -> None:
    if "timeout" in step and draw(st.booleans()):
        step["timeout"] = {**step["timeout"], "then": handler}
    else:
        step["on_error"] = handler


@st.composite
def _how(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    how: dict[str, Any] = {}
    begins = draw(st.sampled_from(["", "", "", "", "", "seed", "only", "later", "dry"]))
    if names and begins == "seed":
        how["seed"] = {name: {"value": 3} for name in draw(st.lists(st.sampled_from(names), unique=True))}
    if names and begins in {"only", "seed"} and draw(st.booleans()):
        how["only"] = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    if begins == "later":
        how["not_before"] = 1_750_000_100_000_000
    if begins == "dry":
        how["dry"] = True
    return how
