"""Random definitions and what goes wrong with them, for the model test."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

LINES = st.sampled_from(["ok", "ok", "ok", "ok", "fail:unavailable", "fail:denied", "bug", "lost", "sent"])
KINDS = st.sampled_from(
    ["t.send", "t.send", "t.send", "t.send", "t.pure", "t.pure", "t.idempotent", "t.find", "t.ask", "t.hold"]
)


@dataclass
class Case:
    """A definition and the script its steps follow."""

    definition: dict[str, Any]
    script: dict[str, list[str]]

    @property
    def is_chain(self) -> bool:
        return all("needs" not in step for step in self.definition["steps"])


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
