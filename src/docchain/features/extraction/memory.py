"""What people corrected on papers of the same layout, used on the next; its one rule: only what stands there counts.

One example proposes; against a rule it wins only where the rule repeats the mistake that was corrected. More examples
that agree make surer, those that do not agree make less sure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from docchain.features.extraction.anchors import Anchor, follow
from docchain.features.extraction.confidence import evidence
from docchain.features.extraction.field_spec import FieldSpec
from docchain.features.extraction.fingerprints import Fingerprint, fingerprint_of, likeness
from docchain.features.extraction.geometry import fold
from docchain.features.extraction.identity import Order
from docchain.features.extraction.labelled import json_of
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.results import Value, value_of
from docchain.features.extraction.spans import Found

METHOD: Final = "corrected layout"
MOST: Final = 50
SEVERAL: Final = 2
_DOUBT, _HALVES, _HIGHEST, _LEAST = 0.2, 0.5, 0.97, 0.4
_OLDER: Final = 0.85
_AGREES: Final = 0.6
_RIVAL: Final = 0.8


class Remembered(msgspec.Struct, frozen=True):
    """A field of an example: what is right (None: not on the paper), the ways to it, and what was read instead."""

    value: Any = None
    anchors: list[Anchor] = []
    before: Any = None
    method: str = ""


class Example(msgspec.Struct, frozen=True):
    """A paper that a person corrected, newest first among others."""

    id: str
    fingerprint: dict[str, Any]
    fields: dict[str, Remembered]


@dataclass(slots=True)
class _Vote:
    """What speaks for one value."""

    weight: float = 0.0
    best: float = 0.0
    found: Found | None = None
    value: Any = None
    ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Case:
    """All that the examples say about one field."""

    votes: dict[str, _Vote] = field(default_factory=dict)
    examples: list[tuple[str, Remembered]] = field(default_factory=list)
    silent: float = 0.0
    total: float = 0.0
    denied: list[str] = field(default_factory=list)


def remember(
    page: Reading,
    given: Sequence[Mapping[str, Any]],
    wanted: Mapping[str, FieldSpec],
    read: Mapping[str, Value],
    order: Order,
) -> tuple[dict[str, Value], list[str]]:
    """The fields after what was learned, and the ids of the examples that had a part in them."""
    own = fingerprint_of(page)
    known = [msgspec.convert(item, Example) for item in given[:MOST]]
    like = [(sure, item) for item in known if (sure := likeness(own, Fingerprint.of(item.fingerprint)))]
    if not like:
        return dict(read), []
    fields, used = dict(read), set[str]()
    money = read.get("currency")
    for name in {name: None for _, item in like for name in item.fields if name in wanted}:
        case = _case(page, name, wanted[name], like, order, money.value if money else None)
        kept, ids = _settled(case, fields.get(name))
        if kept is None:
            fields.pop(name, None)
        else:
            fields[name] = kept
        used.update(ids)
    return fields, [item.id for _, item in like if item.id in used]


def same(one: Any, other: Any) -> bool:
    """Whether two values of a field say the same."""
    return _key(one) == _key(other)


def _key(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(part) for _, part in sorted(value.items()))
    return fold(value) if isinstance(value, str) else str(value)


def _case(
    page: Reading,
    name: str,
    spec: FieldSpec,
    like: Sequence[tuple[float, Example]],
    order: Order,
    currency: str | None,
) -> _Case:
    case, age = _Case(), 1.0
    for sure, example in like:
        told = example.fields.get(name)
        if told is None:
            continue
        case.examples.append((example.id, told))
        case.total += sure * age
        if told.value is None:
            case.denied.append(example.id)
            case.silent += sure * age
        elif led := _led(page, name, spec, told, order, currency):
            share = sum(vote.weight for vote in led.values())
            key, best = max(led.items(), key=lambda pair: pair[1].weight)
            vote = case.votes.setdefault(key, _Vote())
            vote.weight += sure * age * best.weight / share
            if best.weight > vote.best:
                vote.best, vote.found, vote.value = best.weight, best.found, best.value
            vote.ids.append(example.id)
        age *= _OLDER
    return case


def _led(
    page: Reading, name: str, spec: FieldSpec, told: Remembered, order: Order, currency: str | None
) -> dict[str, _Vote]:
    """Where the ways of one example lead, each value with the weight of its ways."""
    led: dict[str, _Vote] = {}
    for found, weight in follow(page, name, spec, told.anchors):
        value = json_of(found, spec, order, currency)
        if value is None:
            continue
        vote = led.setdefault(_key(value), _Vote(found=found, value=value))
        vote.weight += weight
    return led


def _settled(case: _Case, read: Value | None) -> tuple[Value | None, list[str]]:
    """The field's value after all that was said about it, and whose word counted."""
    winner = max(case.votes.values(), key=lambda vote: vote.weight, default=None)
    if winner is None or winner.weight < case.silent:
        return _denied(case, read)
    known = 1 - _DOUBT * _HALVES ** (len(winner.ids) - 1)
    sure = min(known, _HIGHEST) * winner.weight / case.total
    mine = _proposed(winner, sure)
    if read is None:
        return (mine, winner.ids) if mine.confidence >= _LEAST else (None, [])
    if same(read.value, winner.value):
        read.confidence = round(min(evidence(read.confidence, _AGREES * sure), _HIGHEST), 3)
        read.method = METHOD
        return read, winner.ids
    if len(winner.ids) >= SEVERAL or _repeats(case, read) or mine.confidence > read.confidence:
        return mine, winner.ids
    read.confidence = round(read.confidence * _RIVAL, 3)
    return read, winner.ids


def _proposed(vote: _Vote, sure: float) -> Value:
    assert vote.found is not None  # noqa: S101 - every vote is made of something found
    return value_of(vote.value, [vote.found], sure, METHOD)


def _denied(case: _Case, read: Value | None) -> tuple[Value | None, list[str]]:
    """A field that is not on papers of this layout: what is read all the same is the mistake that was corrected."""
    if read is None or not case.denied:
        return read, []
    if len(case.denied) >= SEVERAL or _repeats(case, read):
        return None, case.denied
    return read, []


def _repeats(case: _Case, read: Value) -> bool:
    """Whether the rules read this in the way, or the very value, that a person found wrong."""
    return any(
        told.before is not None
        and not same(told.before, told.value)
        and (same(told.before, read.value) or _way(told.method) == _way(read.method))
        for _, told in case.examples
    )


def _way(method: str) -> str:
    return re.sub(r"\d", "", fold(method))
