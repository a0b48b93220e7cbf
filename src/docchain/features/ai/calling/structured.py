"""Structured answers: checked against the schema that was asked for, and how a model is asked to mend one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from docchain.engine.expressions.patterns import Matcher
from docchain.features.ai import errors
from docchain.features.ai.json_answers import salvaged
from docchain.features.ai.port import Ask, Message, Reply
from docchain.features.ai.privacy.veiling import Veil
from docchain.platform.errors import FieldFault

_MOST: Final = 20
_MOST_STEPS: Final = 50_000
_PAIRS: Final = 10
"""Of objects of a list that are compared in the time of a step."""
_SHOWN: Final = 4_000


def faults_in(value: Any, schema: Mapping[str, Any]) -> list[FieldFault]:
    """Where a value does not fit its schema; nothing is fetched for that. For a thread: it may take a second.

    Raises:
        SchemaInvalid: that would take too long, or a reference leads nowhere from where it stands.
    """
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - with the first structured answer

    validator = _validator(schema)
    try:
        if value is None and not validator.is_valid(None):
            return [FieldFault("", "The answer is no JSON.", "not_json")]
        found = [error for error, _ in zip(validator.iter_errors(value), range(_MOST), strict=False)]
    except RecursionError:
        return [FieldFault("", "The schema goes round in circles.", "schema")]
    except Unresolvable as error:
        raise errors.SchemaInvalid(f"{error.ref}: there is no schema. Take the $id from what is around it.") from None
    return [
        FieldFault(error.json_path.removeprefix("$").lstrip("."), error.message[:300], str(error.validator))
        for error in found
    ]


def _validator(schema: Mapping[str, Any]) -> Any:
    """One that fetches nothing, whose patterns end, and whose steps are counted."""
    from jsonschema import Draft202012Validator, ValidationError, validators  # noqa: PLC0415 - with the first answer
    from referencing import Registry  # noqa: PLC0415 - the same

    matcher, steps = Matcher(), _Steps()

    def pattern(_validator: Any, wanted: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
        try:
            if isinstance(value, str) and not matcher.matches(value, wanted):
                yield ValidationError(f"{value[:100]!r} does not match {wanted!r}")
        except (ValueError, RuntimeError):
            yield ValidationError(f"The pattern {wanted[:100]!r} cannot be checked.")

    known = {**Draft202012Validator.VALIDATORS, "pattern": pattern}
    ours = validators.extend(Draft202012Validator, {name: steps.counted(name, check) for name, check in known.items()})  # type: ignore[no-untyped-call] # no types there
    return ours(schema, registry=Registry())


class _Steps:
    """How many keywords were looked at, and below which references."""

    def __init__(self) -> None:
        self._left = _MOST_STEPS
        self._place = "$"

    def counted(self, name: str, check: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
        """The same check of a keyword, until it was too much."""

        def run(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Any]:
            self._left -= _pairs(value) if name == "uniqueItems" else 1
            self._place = wanted if name == "$ref" else self._place
            if self._left < 0:
                told = f"{self._place}: checking the answer takes more than {_MOST_STEPS:,} steps."
                raise errors.SchemaInvalid(f"{told} Say it with fewer branches.")
            yield from check(validator, wanted, value, schema) or ()

        return run


def _pairs(value: Any) -> int:
    """Steps for looking whether members of a list are alike: texts are sorted, objects compared one by one."""
    members = [each for each in value if isinstance(each, dict | list)] if isinstance(value, list) else []
    return 1 + len(members) ** 2 // _PAIRS


@dataclass(frozen=True, slots=True)
class Checked:
    """A value with what stayed here in it, where it does not fit, and what of that a remote model may be told."""

    value: Any
    faults: Sequence[FieldFault]
    told: Sequence[FieldFault]


def checked(reply: Reply, sent: Ask, wanted: Mapping[str, Any], veil: Veil) -> Checked:
    """The value of an answer, checked as whoever asked will see it. For a thread, as `faults_in`.

    Args:
        reply: what the model answered.
        sent: what it was asked.
        wanted: the schema as it was before it was veiled.
        veil: knows the values that stayed here.
    """
    raw = salvaged(reply.text) if reply.value is None else reply.value
    value = veil.back_value(raw)
    faults = faults_in(value, wanted)
    if not faults or not veil.count or sent.schema is None:
        return Checked(value, faults, faults)
    seen = {fault.path: fault for fault in faults_in(raw, sent.schema)}
    plain = (FieldFault(fault.path, f"does not satisfy `{fault.code}`", fault.code) for fault in faults)
    return Checked(value, faults, [seen.get(fault.path, fault) for fault in plain])


def mending(ask: Ask, text: str, faults: Sequence[FieldFault]) -> Ask:
    """The same question, with the answer and what is wrong with it."""
    told = "\n".join(f"- {fault.path or '(the whole)'}: {fault.message}" for fault in faults)
    wish = f"Your answer does not fit the schema:\n{told}\nAnswer again, with the corrected JSON and nothing else."
    return replace(ask, messages=(*ask.messages, Message("assistant", text[:_SHOWN] or "{}"), Message("user", wish)))
