"""How well an answer fits the right one; its one rule: pure, between 0 and 1, and the same for the same two.

`exact`: the same value, letters' case and white space aside. `label`: the same label. `fields`: F1 over the fields that
the right answer names (micro: all examples' fields count alike); a wrong value is invented and missing at once.
`token_f1`: F1 over the words of two texts (Rajpurkar et al., SQuAD, 2016). `phrases`: the share of conditions that are
met.
"""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from docchain.features.ai.evaluation.domain import Metric

_WORD: Final = re.compile(r"\w+")
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
"""As JSON writes them; 00123 and 1E5 are codes."""
_MONEY: Final = frozenset({"amount", "currency"})


@dataclass(frozen=True, slots=True)
class Grade:
    """Hits, and what is invented or missing; `score` is F1 of them."""

    hits: float
    invented: float = 0.0
    missing: float = 0.0

    @property
    def score(self) -> float:
        """Between 0 and 1; nothing asked and nothing said is right."""
        told = 2 * self.hits + self.invented + self.missing
        return 2 * self.hits / told if told else 1.0


WRONG: Final = Grade(0, missing=1)


def graded(metric: Metric, expected: Any, got: Any) -> Grade:
    """One answer beside the right one."""
    if metric == "fields":
        return _fields(expected, got if isinstance(got, Mapping) else {})
    if metric == "token_f1":
        return _words(plain(expected), _said(got))
    if metric == "phrases":
        return _phrases(expected, _said(got))
    return Grade(1) if same(expected, got) else WRONG


def nothing(metric: Metric, expected: Any) -> Grade:
    """Where there is no answer at all: everything is missing."""
    wanted = sum(value is not None for value in expected.values()) if metric == "fields" else 1
    return Grade(0, missing=max(wanted, 1))


def score_of(metric: Metric, grades: Iterable[Grade]) -> float:
    """Of all examples: F1 over all their fields; of the other metrics the mean."""
    all_of = list(grades)
    if not all_of:
        return 0.0
    if metric == "fields":
        sums = (sum(getattr(grade, part) for grade in all_of) for part in ("hits", "invented", "missing"))
        return Grade(*sums).score
    return sum(grade.score for grade in all_of) / len(all_of)


def same(expected: Any, got: Any) -> bool:
    """Whether two values mean the same: `1,0` is a text, `"1.0"` and 1 are one number, money needs its currency."""
    if isinstance(expected, bool) or isinstance(got, bool) or expected is None or got is None:
        return expected is got
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping):
            return set(expected) <= _MONEY and same(expected.get("amount"), got)
        return all(same(value, got.get(key)) for key, value in expected.items())
    if isinstance(expected, list):
        pairs = zip(expected, got, strict=True) if isinstance(got, list) and len(got) == len(expected) else None
        return pairs is not None and all(same(*pair) for pair in pairs)
    if isinstance(got, Mapping | list):
        return False
    first, second = _number(expected), _number(got)
    if first is not None and second is not None:
        return first == second
    return plain(str(expected)) == plain(str(got))


def plain(text: str) -> str:
    """A text without the differences of case, white space and how letters are encoded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _number(value: Any) -> Decimal | None:
    if isinstance(value, str):
        return Decimal(value.strip()) if _NUMBER.fullmatch(value.strip()) else None
    return Decimal(str(value)) if isinstance(value, int | float) and math.isfinite(value) else None


def _said(got: Any) -> str:
    """What was answered, as a text; an object by its JSON."""
    if got is None:
        return ""
    return plain(got if isinstance(got, str) else json.dumps(got, ensure_ascii=False))


def _fields(expected: Mapping[str, Any], got: Mapping[str, Any]) -> Grade:
    hits = invented = missing = 0
    for name, value in expected.items():
        told = got.get(name)
        if value is not None and same(value, told):
            hits += 1
            continue
        invented += told is not None
        missing += value is not None
    return Grade(hits, invented, missing)


def _words(expected: str, got: str) -> Grade:
    wanted, told = Counter(_WORD.findall(expected)), Counter(_WORD.findall(got))
    if not wanted:
        return Grade(1) if expected == got else WRONG
    hits = sum((wanted & told).values())
    return Grade(hits, sum(told.values()) - hits, sum(wanted.values()) - hits)


def _phrases(expected: Mapping[str, Any], got: str) -> Grade:
    """The share as hits of a grade whose score is just that share; to say nothing is no answer."""
    if not got:
        return WRONG
    holds = [plain(text) in got for text in expected.get("contains", ())]
    holds += [plain(text) not in got for text in expected.get("excludes", ())]
    right = sum(holds)
    return Grade(right, missing=2 * (len(holds) - right))
