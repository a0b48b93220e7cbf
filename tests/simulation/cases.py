"""Cases: workflows whose end is known beforehand, whatever happens on the way; the seed makes them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from docchain.engine.definition import read_spec
from docchain.engine.definition.compile import canonical

EFFECTS: Final = ("sim.once", "sim.send", "sim.find")
KINDS: Final = ("sim.pure", "sim.idempotent", *EFFECTS)
RETRY: Final = {"attempts": 90, "initial": "20ms", "max": "300ms", "on": ["unavailable", "timeout"]}
Step = dict[str, Any]


@dataclass
class Case:
    """`status` and `output` are the model; `answer` is what people say; `deeds` are seconds and words of the doors."""

    steps: list[Step]
    output: str
    status: str = "succeeded"
    expected: Any = None
    answer: str | None = "approved"
    repair: bool = False
    deeds: list[tuple[float, str]] = field(default_factory=list)
    not_before: float | None = None
    priority: int = 0
    may_be_cancelled: bool = False
    child: str = ""

    @property
    def definition(self) -> dict[str, Any]:
        inputs = {"value": {"type": "string"}, "child": {"type": "string", "default": ""}}
        return {"workflow": "case", "inputs": inputs, "steps": self.steps, "output": self.output}

    @property
    def body(self) -> str:
        return canonical(read_spec(self.definition))


def step(dice: random.Random, name: str, value: str, do: str = "", **more: Any) -> Step:
    """A step that ends well, if need be after some failures."""
    do = do or dice.choice(("ok", "ok", "ok", "ok", "flaky:1", "flaky:3", "hang:1"))
    made = {"id": name, "use": dice.choice(KINDS), "with": {"value": value, "do": do}, "retry": RETRY, **more}
    if dice.random() < 0.3:
        made["with"]["provider"] = "acme"
    if do.startswith("hang"):
        made["timeout"] = "400ms"
    return made


def chain(dice: random.Random) -> Case:
    """Every step adds a letter to what the one before it answered."""
    length = dice.randint(1, 4)
    names = [f"s{number}" for number in range(length)]
    sources = ["inputs.value", *(f"steps.{name}.value" for name in names)]
    steps = [
        step(dice, name, f"${{{source} + '{letter}'}}")
        for name, source, letter in zip(names, sources, "abcd", strict=False)
    ]
    return Case(steps, f"${{{sources[-1]}}}", expected="v" + "abcd"[:length])


def diamond(dice: random.Random) -> Case:
    """Several at once, then one that needs them all."""
    width = dice.randint(2, 5)
    steps = [step(dice, f"b{number}", str(number), needs=[]) for number in range(width)]
    total = " + ".join(f"steps.b{number}.value" for number in range(width))
    steps.append(step(dice, "sum", f"${{{total}}}", needs=[f"b{number}" for number in range(width)]))
    return Case(steps, "${steps.sum.value}", expected="".join(map(str, range(width))))


def asked(dice: random.Random) -> Case:
    """A person approves or rejects."""
    steps = [step(dice, "before", "x"), {"id": "ask", "use": "sim.ask", "retry": RETRY}, step(dice, "after", "y")]
    if dice.random() < 0.5:
        return Case(steps, "${steps.after.value}", expected="y")
    return Case(steps, "${steps.after.value}", status="rejected", answer="rejected")


def unanswered(dice: random.Random) -> Case:
    """Nobody answers; the time is up."""
    then = dice.choice(("fail", "continue"))
    ask = {"id": "ask", "use": "sim.ask", "timeout": {"after": dice.choice(("1s", "130s")), "then": then}}
    steps = [ask, step(dice, "after", "y")]
    if then == "fail":
        return Case(steps, "${steps.after.value}", status="failed", answer=None)
    return Case(steps, "${steps.after.value}", expected="y", answer=None)


def held(dice: random.Random) -> Case:
    """Only time moves it; some waits are longer than what timers keep in memory."""
    seconds = dice.choice((0.0, 0.3, 2.0, 20.0, 200.0))
    hold = {"id": "hold", "use": "sim.hold", "with": {"seconds": seconds}, "retry": RETRY}
    return Case([hold, step(dice, "after", "y")], "${steps.after.value}", expected="y")


def mapped(dice: random.Random) -> Case:
    """Items, some of which fail for good; how many may is part of the definition."""
    count, width = dice.choice((0, 1, 3, 8, 20)), dice.choice((1, 2, 4, 30))
    bad = dice.sample(range(count), dice.choice((0, 0, min(1, count), min(3, count))))
    tolerate = dice.choice((0, len(bad), len(bad), len(bad) + 1))
    items = [
        {"value": str(n), "do": "broken" if n in bad else dice.choice(("ok", "ok", "flaky:1"))} for n in range(count)
    ]
    each = step(dice, "each", "${item.value}", "${item.do}", needs=[])
    each["for_each"] = {"items": items, "concurrency": width, "tolerate": tolerate}
    steps = [each, step(dice, "after", "y")]
    repair = len(bad) > tolerate and dice.random() < 0.5
    if len(bad) > tolerate and not repair:
        return Case(steps, "${steps.each.succeeded}", status="failed")
    return Case(steps, "${steps.each.succeeded}", expected=count if repair else count - len(bad), repair=repair)


def child(dice: random.Random) -> Case:
    """A child run's output is the step's; when it fails, the step fails."""
    inner = dice.choice((chain, diamond, held))(dice)
    if dice.random() < 0.2:
        inner = broken(dice, repair=False)
    inner.output = {"answer": inner.output}
    call = {"id": "call", "use": "sim.call", "with": {"definition": "${inputs.child}", "inputs": {"value": "v"}}}
    call["retry"] = RETRY
    steps = [call, step(dice, "after", "y")]
    if inner.status == "failed":
        return Case(steps, "${steps.call.answer}", status="failed", child=inner.body)
    return Case(steps, "${steps.call.answer}", expected=inner.expected, child=inner.body)


def caught(dice: random.Random) -> Case:
    """A failure that has a branch of its own; without one the branch is skipped."""
    fails = dice.random() < 0.6
    steps = [
        step(dice, "risky", "x", "broken" if fails else "", on_error="fix"),
        step(dice, "fix", "fixed"),
        step(dice, "after", "${steps.fix.value}", needs=["fix"], join="settled"),
    ]
    return Case(steps, "${steps.after.value}", expected="fixed" if fails else None)


def broken(dice: random.Random, *, repair: bool | None = None) -> Case:
    """Fails for good; some are repaired and tried again from the failure."""
    place = dice.randint(0, 2)
    steps = [step(dice, f"s{number}", str(number), "broken" if number == place else "") for number in range(3)]
    if dice.random() < 0.5 if repair is None else repair:
        return Case(steps, "${steps.s2.value}", expected="2", repair=True)
    return Case(steps, "${steps.s2.value}", status="failed")


SHAPES: Final[tuple[Callable[[random.Random], Case], ...]] = (
    chain, chain, diamond, asked, unanswered, held, mapped, mapped, child, caught, broken,
)  # fmt: skip


def any_case(dice: random.Random) -> Case:
    """A shape, and what the doors do to it meanwhile."""
    case = dice.choice(SHAPES)(dice)
    case.priority = dice.choice((0, 0, 5, -5))
    if dice.random() < 0.25:
        pause = dice.uniform(0, 2)
        case.deeds += [(pause, "pause"), (pause + dice.choice((0.01, 1.0, 10.0)), "resume")]
    if dice.random() < 0.15:
        case.deeds.append((dice.uniform(0, 3), "cancel"))
        case.may_be_cancelled = True
    if dice.random() < 0.1:
        case.not_before = dice.choice((0.0, 1.0, 150.0))
    return case
