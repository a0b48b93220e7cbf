"""Which of some ways to go; its one rule: rules decide in order, nearness only suggests and then asks a person.

Method: conditions in CEL over the data, the first that is true; where none is, the option whose description is nearest
in meaning to the data, which counts only above the threshold. A rule that could not be judged might have been true:
then what is left is for a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from docchain.engine.expressions import Expression, ExpressionError
from docchain.features.ai.local.labels import classify

if TYPE_CHECKING:
    from docchain.features.ai.local.vectors import Embed

RULES: Final = "rules"
_DEPTH: Final = 4


@dataclass(frozen=True, slots=True)
class Option:
    """A way to go: `when` is CEL over `item`, the data, `description` is what nearness compares."""

    name: str
    when: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """`decision` is None only where there is neither a rule, nor a description, nor a default."""

    decision: str | None
    confidence: float
    reasons: list[str]
    needs_person: bool
    method: str


def decide(
    data: Mapping[str, Any],
    options: Sequence[Option],
    embed: "Embed",
    *,
    default: str | None = None,
    threshold: float = 0.6,
) -> Decided:
    """Choose an option for the data, and say why."""
    reasons: list[str] = []
    for option in options:
        if option.when and _holds(option, data, reasons):
            true = f"`{option.when}` is true."
            return Decided(option.name, 1.0, [*reasons, true], needs_person=bool(reasons), method=RULES)
    unjudged = bool(reasons)
    described = {option.name: option.description for option in options if option.description}
    if not described:
        reasons.append("No rule is true." if default is None else f"No rule is true: `{default}` is the default.")
        sure = 0.0 if default is None else 0.5 if unjudged else 1.0
        return Decided(default, sure, reasons, needs_person=default is None or unjudged, method=RULES)
    found = classify("\n".join(_lines(data, _DEPTH)), described, embed, threshold=threshold)
    nearest = found.label if found.label is not None else default
    reasons.append(f"No rule is true; the description of `{nearest}` is nearest ({found.confidence:.2f}).")
    if found.unsure and default is not None:
        reasons.append(f"That is below {threshold:g}: `{default}` is the default.")
        return Decided(default, found.confidence, reasons, needs_person=unjudged, method=found.method)
    return Decided(nearest, found.confidence, reasons, needs_person=found.unsure or unjudged, method=found.method)


def _holds(option: Option, data: Mapping[str, Any], reasons: list[str]) -> bool:
    try:
        return Expression(option.when).evaluate({"item": dict(data)}) is True
    except ExpressionError as error:
        reasons.append(f"The rule of `{option.name}` could not be judged: {error}")
        return False


def _lines(value: Any, depth: int) -> list[str]:
    """Names and values in the order they are given."""
    if isinstance(value, Mapping) and depth:
        return [
            f"{name}: {line}" if not isinstance(inner, Mapping | list) else line
            for name, inner in value.items()
            for line in _lines(inner, depth - 1)
        ]
    if isinstance(value, list) and depth:
        return [line for inner in value[:50] for line in _lines(inner, depth - 1)]
    return [str(value)]
