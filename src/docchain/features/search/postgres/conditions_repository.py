"""What is asked, as conditions of PostgreSQL: every word and value of a user is a parameter, never a part of it."""

from collections.abc import Mapping, Sequence
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

WEIGHTS: Final = {"title": "A", "title_es": "B", "title_en": "B", "text": "C", "text_es": "D", "text_en": "D"}
RANKED: Final = [0.32, 0.4, 0.8, 1.0]
"""How much a word counts with the weights D, C, B, A."""
_MOST_GAPS: Final = 64
_DATES: Final = ("created", "updated")
Spelled = Mapping[tuple[str, int], Sequence[str]]


class Conditions:
    """Collects values as it translates.

    Args:
        spelled: for a misspelt word and a distance, the words of the index that are as near.
        values: what `$1`, `$2`… already are.
    """

    def __init__(self, spelled: Spelled, values: Sequence[Any] = ()) -> None:
        self._spelled = spelled
        self.values: list[Any] = list(values)

    def value(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def all_of(self, asked: Sequence[Asked]) -> str:
        return " AND ".join([f"({self.condition(part)})" for part in asked]) or "true"

    def condition(self, asked: Asked) -> str:  # noqa: PLR0911 - one line for each form
        if (words := self._words(asked)) is not None:
            return f"e.words @@ {self.value(words)}::text::tsquery" if words else "false"
        match asked:
            case All():
                return "true"
            case Marked(marks):
                return f"e.marks && {self.value(list(marks))}::text[]"
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
        more = [
            f"CASE WHEN e.marks && {self.value(list(part.marks))}::text[] THEN {part.boost} ELSE 0 END"
            for part in weighed
        ]
        return " + ".join([ranked, *more])

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
                return lexeme(field, word)
            case Begins(field, start):
                return f"{quoted(field, start)}:*{WEIGHTS[field]}"
            case Row():
                return _row(asked)
            case Like(field, word, distance):
                near = self._spelled.get((word, distance), [word])
                return " | ".join(lexeme(field, other) for other in near)
            case Best(parts) if parts:
                said = [self._words(part) for part in parts]
                return None if None in said else " | ".join(f"({words})" for words in said if words)
        return None


def lexeme(field: str, word: str) -> str:
    return f"{quoted(field, word)}:{WEIGHTS[field]}"


def quoted(field: str, word: str) -> str:
    """Stems are told from words by what no word has."""
    _, _, language = field.partition("_")
    stem = f"/{language}/{word}" if language else word
    escaped = stem.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _row(asked: Row) -> str:
    """With words between: each way to spread them, up to some."""
    words = [lexeme(asked.field, word) for word in asked.words]
    ways = [_spread(words, gaps) for gaps in _gaps(len(words) - 1, asked.slop)]
    return " | ".join(ways)


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
