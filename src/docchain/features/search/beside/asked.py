"""Queries in ten plain forms that every product has; each back end says them in its own words."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from docchain.features.search.beside.forms import mark
from docchain.features.search.embedded.asking import analyzed, content_words, needed, stems
from docchain.features.search.embedded.schema import STEMMED, TEXT, TITLE
from docchain.features.search.port import Scope
from docchain.features.search.queries import (
    AllOf,
    AnyOf,
    Between,
    Everything,
    Exactly,
    Fuzzy,
    Node,
    Not,
    Phrase,
    Prefix,
    Value,
    Words,
)

BOOST: Final = {TITLE: 2.5, TEXT: 1.0}
_WHOLE: Final = 1.25
_HANDLE: Final = 20.0
_MOST_WORDS: Final = 48


@dataclass(frozen=True, slots=True)
class All:
    """Every entry."""


@dataclass(frozen=True, slots=True)
class Term:
    field: str
    word: str
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """Words one after the other, with up to `slop` others between them."""

    field: str
    words: tuple[str, ...]
    slop: int = 0
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Begins:
    field: str
    start: str
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Like:
    """A word that differs in up to `distance` letters."""

    field: str
    word: str
    distance: int = 1
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Marked:
    """Has one of these marks; with a boost, that counts for the rank."""

    marks: tuple[str, ...]
    boost: float = 0.0


@dataclass(frozen=True, slots=True)
class Range:
    """A number, or a moment in seconds, of a fact; both ends included."""

    name: str
    low: float | None
    high: float | None
    moment: bool = False


@dataclass(frozen=True, slots=True)
class Best:
    """One of them is enough; the best one counts."""

    parts: "tuple[Asked, ...]"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of them, the more the better."""

    count: int
    parts: "tuple[Asked, ...]"


@dataclass(frozen=True, slots=True)
class Without:
    part: "Asked"


Asked = All | Term | Row | Begins | Like | Marked | Range | Best | AtLeast | Without
NOTHING: Final = Best(())


def conditions(scope: Scope) -> list[Asked]:
    """The scope: before anything is ranked."""
    return [Marked(tuple(mark("kind", kind) for kind in scope.kinds)), *map(asked_of, scope.filters)]


def asked_of(node: Node) -> Asked:  # noqa: PLR0911 - one line for each form of a query
    match node:
        case Everything():
            return All()
        case Words(text, field):
            return _words(text, _fields(field), named=bool(field))
        case Phrase(text, field, slop):
            return _phrase(text, _fields(field), slop)
        case Prefix(text, field) | Fuzzy(text, field):
            return _letters(node, text, _fields(field))
        case Exactly(name, values):
            return Marked(tuple(said for value in values for said in _marks(name, value)))
        case Between(name, low, high):
            return _range(name, low, high)
        case AllOf(nodes):
            return all_of([asked_of(inner) for inner in nodes])
        case AnyOf(nodes):
            return AtLeast(1, tuple(asked_of(inner) for inner in nodes))
        case Not(inner):
            return Without(asked_of(inner))


def all_of(parts: Sequence[Asked]) -> Asked:
    return parts[0] if len(parts) == 1 else AtLeast(len(parts), tuple(parts))


def terms_of(asked: Asked) -> Iterator[Asked]:
    """What counts for the rank: words that are asked for, at any depth."""
    match asked:
        case Term() | Row() | Begins() | Like():
            yield asked
        case Best(parts) | AtLeast(_, parts):
            for part in parts:
                yield from terms_of(part)
        case _:
            return


def _words(text: str, fields: Sequence[str], *, named: bool) -> Asked:
    words = content_words(text)
    if not words:
        return NOTHING if text.strip() else All()
    asked = AtLeast(needed(len(words)), tuple(_word(word, fields) for word in words))
    if named or " " in text.strip():
        return asked
    return Best((asked, Marked((mark("handle", text.strip()), mark("handle", text.strip().lower())), _HANDLE)))


def _word(word: str, fields: Sequence[str]) -> Asked:
    """Any of its forms; as it was written it weighs more."""
    forms: list[Asked] = []
    for field in fields:
        forms += [Term(field, folded, BOOST[field] * _WHOLE) for folded in analyzed("", word)]
        for language in STEMMED:
            forms += [Term(f"{field}_{language}", stem, BOOST[field]) for stem in stems(language, word)]
    return Best(tuple(forms))


def _phrase(text: str, fields: Sequence[str], slop: int) -> Asked:
    words = tuple(analyzed("", text)[:_MOST_WORDS])
    if not words:
        return NOTHING
    if len(words) == 1:
        return Best(tuple(Term(field, words[0], BOOST[field]) for field in fields))
    return Best(tuple(Row(field, words, slop, BOOST[field]) for field in fields))


def _letters(node: Prefix | Fuzzy, text: str, fields: Sequence[str]) -> Asked:
    words = analyzed("", text)
    if not words:
        return NOTHING
    last: list[Asked] = [
        Like(field, words[-1], min(node.distance, 2), BOOST[field])
        if isinstance(node, Fuzzy)
        else Begins(field, words[-1], BOOST[field])
        for field in fields
    ]
    return all_of([*(_word(word, fields) for word in words[:-1]), Best(tuple(last))])


def _marks(name: str, value: Value) -> list[str]:
    forms = [mark(name, value)]
    if isinstance(value, str):
        with suppress(ValueError, OverflowError):
            forms.append(mark(name, float(value)))
    return forms


def _range(name: str, low: Value | None, high: Value | None) -> Asked:
    ends = [end for end in (low, high) if end is not None]
    if all(isinstance(end, datetime) for end in ends) and ends:
        low_s, high_s = (end.timestamp() if isinstance(end, datetime) else None for end in (low, high))
        return Range(name, low_s, high_s, moment=True)
    if not ends or not all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends):
        return NOTHING
    low_n, high_n = (float(end) if isinstance(end, int | float) else None for end in (low, high))
    return Range(name, low_n, high_n)


def _fields(field: str) -> Sequence[str]:
    return (field,) if field in BOOST else tuple(BOOST)
