"""Rules of evaluation: which metrics grade a task, what an example may say, and how much there may be."""

from collections.abc import Mapping
from typing import Any, Final, Literal

GradedTask = Literal["generate", "classify", "extract", "ask", "summarize", "translate"]
Metric = Literal["exact", "label", "fields", "token_f1", "phrases"]
KIND: Final = "evaluation"
METRICS: Final[Mapping[GradedTask, tuple[Metric, ...]]] = {
    "generate": ("exact", "fields", "token_f1", "phrases"),
    "classify": ("label",),
    "extract": ("fields",),
    "ask": ("token_f1", "exact", "phrases"),
    "summarize": ("phrases", "token_f1"),
    "translate": ("token_f1", "phrases"),
}
"""The first is taken where none is named."""
OF_THE_RUN: Final = frozenset({"provider", "model", "prompt_name", "cache", "redact", "as_document"})
"""What is chosen for all examples at once, and by no example."""
SHARE: Final = 1e-9
"""Scores that differ by less are the same."""
MOST_SETS: Final = 1_000
MOST_AT_ONCE: Final = 100
MOST_RUNS: Final = 100
MOST_TOLD: Final = 20


def expected_fault(metric: Metric, expected: Any) -> str | None:
    """Why this cannot be the right answer by a metric, if so."""
    if metric == "fields":
        return None if isinstance(expected, Mapping) and expected else "must be an object: a value, or null, by field"
    if metric == "phrases":
        lists = [expected.get(key, []) for key in ("contains", "excludes")] if isinstance(expected, Mapping) else []
        known = lists and set(expected) <= {"contains", "excludes"} and any(lists)
        fits = known and all(isinstance(one, list) and all(_is_text(part) for part in one) for one in lists)
        return None if fits else "must be an object with `contains` or `excludes`: texts that are or are not in it"
    if metric == "exact":
        return None if expected is not None else "must be given"
    return None if _is_text(expected) else "must be a text"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
