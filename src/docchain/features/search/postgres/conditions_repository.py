"""What is asked, as conditions of PostgreSQL: every word and value of a user is a parameter, never a part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any, Final

from docchain.features.search.beside.asked import (
    All,
    Asked,
    AtLeast,
    Begins,
    Best,
    Like,
    Marked,
    Range,
    Row,
    Term,
    Without,
    terms_of,
)
from docchain.features.search.postgres.naming import Names

RANKED: Final = [0.32, 0.4, 0.8, 1.0]
"""How much a word counts with the weights D, C, B, A."""
_MOST_GAPS: Final = 64
_MOST_COMBINED: Final = 7
"""Of more words, one looks at each entry that has some of them."""
_DATES: Final = ("created", "updated")
Spelled = Mapping[tuple[str, int], Sequence[str]]


class Conditions:
    """Collects values as it translates.

    Args:
        names: of the generation that is asked.
        spelled: for a misspelt word and a distance, the words of the index that are as near.
        values: what `$1`, `$2`… already are.
    """

    def __init__(self, names: Names, spelled: Spelled, values: Sequence[Any] = ()) -> None:
        self._names = names
        self._spelled = spelled
        self.values: list[Any] = list(values)

    def value(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def within(self, scope: Sequence[Asked], asked: Asked) -> str:
        """In the generation `$1`, in the scope, and as asked.

        Names in the index of words are of one generation already. Where it finds all, it is to be used, however many
        there are: to read the words of an entry takes much longer than the planner thinks.
        """
        own = "(e.generation = $1) IS TRUE" if any(map(indexed, (asked, *scope))) else "e.generation = $1"
        return f"{own} AND {self.all_of(scope)} AND ({self.condition(asked)})"

    def all_of(self, asked: Sequence[Asked]) -> str:
        return " AND ".join([f"({self.condition(part)})" for part in asked]) or "true"

    def condition(self, asked: Asked) -> str:  # noqa: PLR0911 - one line for each form
        if (words := self._words(asked)) is not None:
            return f"e.words @@ {self.value(words)}::text::tsquery" if words else "false"
        match asked:
            case All():
                return "true"
            case Marked(marks):
                return self._fact(marks)
            case Range():
                return self._range(asked)
            case Without(part):
                return f"NOT ({self.condition(part)})"
            case Best(parts):
                return self._either(parts)
            case AtLeast(1, parts):
                return self._either(parts)
            case AtLeast(count, parts) if count == len(parts):
                return self.all_of(parts)
            case AtLeast(count, parts):
                numbered = " + ".join(f"({self.condition(part)})::int" for part in parts)
                return f"({self._either(parts)}) AND {numbered} >= {count}"
        return "false"

    def score(self, asked: Asked) -> str:
        """How well it fits; without words all fit alike."""
        words = " | ".join(filter(None, (self._words(term) for term in terms_of(asked))))
        ranked = (
            f"ts_rank({self.value(RANKED)}::float4[], e.words, {self.value(words)}::text::tsquery, 1)" if words else "0"
        )
        weighed = [part for part in _marked(asked) if part.boost]
        more = [f"CASE WHEN {self._fact(part.marks)} THEN {part.boost} ELSE 0 END" for part in weighed]
        return " + ".join([ranked, *more])

    def _fact(self, marks: Sequence[str]) -> str:
        """Kinds are few, so that an index is of no use for them."""
        if marks and all(mark.startswith("kind=") for mark in marks):
            return f"e.kind = ANY({self.value([mark.removeprefix('kind=') for mark in marks])}::text[])"
        return f"e.codes && {self.value([self._names.code(mark) for mark in marks])}::bigint[]"

    def _either(self, parts: Sequence[Asked]) -> str:
        return " OR ".join([f"({self.condition(part)})" for part in parts]) or "false"

    def _range(self, asked: Range) -> str:
        low, high = asked.low, asked.high
        if asked.moment and asked.name in _DATES:
            bounds = [
                f"e.{asked.name} {sign} to_timestamp({self.value(end)}::float8)" for sign, end in _ends(low, high)
            ]
            return " AND ".join(bounds)
        column = "moments" if asked.moment else "numbers"
        values = f"jsonb_array_elements_text(e.{column} -> {self.value(asked.name)}::text)"
        bounds = [f"v::float8 {sign} {self.value(end)}::float8" for sign, end in _ends(low, high)]
        return f"EXISTS (SELECT FROM {values} AS t(v) WHERE {' AND '.join(bounds)})"

    def _words(self, asked: Asked) -> str | None:
        """As one question about words, if it is one; empty if no entry can have them."""
        match asked:
            case Term(field, word):
                return self._names.lexeme(field, word)
            case Begins(field, start):
                return f"{self._names.lexeme(field, start)}:*"
            case Row():
                return self._row(asked)
            case Like(field, word, distance):
                near = self._spelled.get((word, distance), [word])
                return " | ".join(self._names.lexeme(field, other) for other in near)
            case Best(parts) if parts:
                return self._several(1, parts)
            case AtLeast(count, parts) if count in (1, len(parts)) or len(parts) <= _MOST_COMBINED:
                return self._several(count, parts)
        return None

    def _several(self, count: int, parts: Sequence[Asked]) -> str | None:
        """So many of them; what no entry can have counts for none. What is to be left out only narrows others."""
        left_out = [part.part for part in parts if isinstance(part, Without)]
        if left_out and count == len(parts) > len(left_out):
            there = self._several(count - len(left_out), [part for part in parts if not isinstance(part, Without)])
            gone = [self._words(part) for part in left_out]
            if there is None or None in gone:
                return None
            return " & ".join([f"({there})", *(f"!({words})" for words in gone if words)]) if there else ""
        said = [self._words(part) for part in parts]
        if not said or None in said:
            return None
        return _at_least(count, [f"({words})" for words in said if words])

    def _row(self, asked: Row) -> str:
        """With words between: each way to spread them, up to some."""
        words = [self._names.lexeme(asked.field, word) for word in asked.words]
        return " | ".join(_spread(words, gaps) for gaps in _gaps(len(words) - 1, asked.slop))


def _at_least(count: int, words: Sequence[str]) -> str:
    if count > len(words):
        return ""
    if count == 1:
        return " | ".join(words)
    if count == len(words):
        return " & ".join(words)
    return f"({words[0]} & ({_at_least(count - 1, words[1:])})) | {_at_least(count, words[1:])}"


def indexed(asked: Asked) -> bool:
    """Whether indexes of words and codes find all of it."""
    match asked:
        case Term() | Begins() | Row() | Like():
            return True
        case Marked(marks):
            return not all(mark.startswith("kind=") for mark in marks)
        case AtLeast(count, parts) if count == len(parts):
            return any(map(indexed, parts))
        case Best(parts) | AtLeast(_, parts):
            return bool(parts) and all(map(indexed, parts))
    return False


def strict(asked: Asked) -> Asked:
    """All of its words: among very many entries these are ranked in any case."""
    match asked:
        case AtLeast(count, parts) if count > 1:
            return AtLeast(len(parts), tuple(strict(part) for part in parts))
        case Best(parts) | AtLeast(_, parts):
            return replace(asked, parts=tuple(strict(part) for part in parts))
    return asked


def titled(asked: Asked) -> Asked:
    """In the title, where that may be."""
    match asked:
        case Best(parts):
            named = tuple(titled(part) for part in parts if getattr(part, "field", "title").startswith("title"))
            return Best(named or parts)
        case AtLeast(count, parts):
            return AtLeast(count, tuple(titled(part) for part in parts))
    return asked


def _spread(words: Sequence[str], gaps: Sequence[int]) -> str:
    said = words[0]
    for word, gap in zip(words[1:], gaps, strict=True):
        said = f"({said} <{gap + 1}> {word})"
    return said


def _gaps(places: int, slop: int) -> list[tuple[int, ...]]:
    """How up to `slop` words can lie in so many places, the closest first."""
    found: list[tuple[int, ...]] = []
    for total in range(slop + 1):
        for bars in combinations(range(total + places - 1), places - 1):
            edges = (-1, *bars, total + places - 1)
            found.append(tuple(b - a - 1 for a, b in pairwise(edges)))
            if len(found) >= _MOST_GAPS:
                return found
    return found


def _ends(low: float | None, high: float | None) -> list[tuple[str, float]]:
    return [(sign, end) for sign, end in ((">=", low), ("<=", high)) if end is not None]


def _marked(asked: Asked) -> list[Marked]:
    match asked:
        case Marked():
            return [asked]
        case Best(parts) | AtLeast(_, parts):
            return [found for part in parts for found in _marked(part)]
    return []
