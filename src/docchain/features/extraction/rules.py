"""Rules across the fields of a schema, in CEL over `item`; its one rule: what was not found is not judged."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field

from docchain.features.extraction.results import Fault
from docchain.platform.model import Model

if TYPE_CHECKING:
    from docchain.engine.expressions import Expression

MOST_RULES: Final = 50
_ITEM: Final = "item"


def _compiled(text: str) -> "Expression":
    from docchain.engine.expressions import Expression, ExpressionError  # noqa: PLC0415 - most schemas have no rules

    try:
        found = Expression(text)
    except ExpressionError as error:
        raise ValueError(f"This is no condition: it {error}") from None
    for path in found.paths:
        if path[0] != _ITEM or len(path) == 1:
            raise ValueError(f"Name the found values as {_ITEM}.<field>, not {'.'.join(map(str, path))}")
    return found


def _condition(text: str) -> str:
    _compiled(text)
    return text


Condition = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_condition)]
Text = Annotated[str, Field(max_length=400)]


class Rule(Model):
    """What must be true of the found values together, and what to tell a person where it is not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: Condition | None = Field(default=None, description="CEL: the rule is looked at only where this is true.")
    check: Condition = Field(description="CEL over `item`, the found values by field; must be true.")
    message: Annotated[Text, Field(min_length=1)] = Field(description="What is told where it is false.")
    message_es: Text = ""
    severity: Literal["error", "warning"] = "error"


def named_in(condition: str) -> frozenset[str]:
    """The fields that a condition names."""
    return frozenset(str(path[1]) for path in _compiled(condition).paths)


def broken(rules: Sequence[Rule], values: Mapping[str, Any]) -> Iterator[tuple[Fault, frozenset[str]]]:
    """A fault for each rule that does not hold, with the fields that it is about."""
    item = {name: value for name, value in values.items() if value is not None}
    for at, rule in enumerate(rules):
        said = _judged(rule, item)
        if said is not None:
            code, message = said
            message_es = rule.message_es if code == "rule" else ""
            yield Fault(f"rules[{at}]", code, message, rule.severity, message_es), named_in(rule.check)


def _judged(rule: Rule, item: Mapping[str, Any]) -> tuple[str, str] | None:
    """Why a rule does not hold: a code and a message; nothing where it holds or is not looked at."""
    from docchain.engine.expressions import ExpressionError  # noqa: PLC0415 - see above

    conditions = [text for text in (rule.when, rule.check) if text is not None]
    if any("has(" not in text and not named_in(text) <= item.keys() for text in conditions):
        return None
    try:
        for text in conditions:
            held = _compiled(text).evaluate({_ITEM: item})
            if not isinstance(held, bool):
                return (
                    "rule_failed",
                    f"The rule could not be judged: {text} is neither true nor false. Compare by hand.",
                )
            if not held:
                return None if text is rule.when else ("rule", rule.message)
    except ExpressionError as error:
        return "rule_failed", f"The rule could not be judged: {error}. Compare by hand."
    return None
