"""Which of some labels fits a text, without having been taught; its one rule: a near second place is said, not hidden.

Method: zero-shot by nearness of meaning: the text against each label's name, description and corrected examples (mean
of up to 20), and against texts that mean nothing, which compete with the labels: short words that nobody knows are near
one another. Softmax at a fixed temperature; confidence sinks with the margin to the second and with bare nearness.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from docchain.features.ai.local.vectors import Embed, Rows

METHOD: Final = "zero-shot-similarity"
MOST_LABELS: Final = 100
_EXAMPLES: Final = 20
_TEMPERATURE: Final = 0.05
_FAR: Final = 0.12
_WINDOW, _WINDOWS = 600, 4
_NOTHING: Final = ("foo bar", "xq zt", "7 7 7", "...", "hi", "Hoy llueve.")
_SAID: Final = ("{}", "It is about {}.", "Esto es: {}.")
"""A bare name is said in several ways: alone it is nearer to any other short word than to what it means."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One label and how sure it is, 0 to 1; `likeness` is the bare cosine."""

    label: str
    confidence: float
    likeness: float


@dataclass(frozen=True, slots=True)
class Classified:
    """All labels, the best first; `unsure` where the best is not sure enough."""

    label: str | None
    labels: list[Labelled]
    unsure: bool
    confidence: float
    method: str = METHOD


def classify(
    text: str,
    labels: Mapping[str, str],
    embed: "Embed",
    *,
    many: bool = False,
    threshold: float = 0.5,
    examples: Mapping[str, Sequence[str]] | None = None,
) -> Classified:
    """Weigh up to 100 labels.

    Args:
        text: what to label; its first pages count.
        labels: description by name; it may be empty.
        embed: texts to vectors.
        many: whether several labels may fit; each is then judged alone.
        threshold: below it, the answer is `unsure`.
        examples: texts that people gave a label to.
    """
    names = list(labels)[:MOST_LABELS]
    if not names or not text.strip():
        return Classified(None, [], unsure=True, confidence=0.0)
    likeness, nothing = _likeness(text, {name: labels[name] for name in names}, embed, examples or {})
    shares = _softmax([*likeness, nothing])[:-1]
    if many:
        shares = [_alone(value) * _softmax([value, nothing])[0] for value in likeness]
    near = [min(1.0, max(0.0, value) / _FAR) for value in likeness]
    weighed = [
        Labelled(name, round(share * close, 3), round(value, 3))
        for name, share, close, value in zip(names, shares, near, likeness, strict=True)
    ]
    weighed.sort(key=lambda item: (-item.confidence, -item.likeness))
    best = weighed[0]
    return Classified(best.label, weighed, unsure=best.confidence < threshold, confidence=best.confidence)


def _likeness(
    text: str, labels: Mapping[str, str], embed: "Embed", examples: Mapping[str, Sequence[str]]
) -> tuple[list[float], float]:
    """To each label, and to what means nothing."""
    import numpy as np  # noqa: PLC0415 - in a child process only

    windows = [text[start : start + _WINDOW] for start in range(0, min(len(text), _WINDOW * _WINDOWS), _WINDOW)]
    own = _unit(embed(windows).mean(axis=0, keepdims=True))
    ways = [_ways(name.replace("_", " "), told) for name, told in labels.items()]
    rows = iter(embed([*_NOTHING, *(way for said in ways for way in said)]))
    nothing = max(float(own[0] @ next(rows)) for _ in _NOTHING)
    found = []
    for name, said in zip(labels, ways, strict=True):
        likeness = float(own[0] @ _unit(np.asarray([next(rows) for _ in said]).mean(axis=0, keepdims=True))[0])
        if given := [text[:_WINDOW] for text in examples.get(name, ())][-_EXAMPLES:]:
            taught = _unit(np.asarray(embed(given)).mean(axis=0, keepdims=True))
            likeness = max(likeness, float(own[0] @ taught[0]))
        found.append(likeness)
    return found, nothing


def _ways(name: str, told: str) -> list[str]:
    return [f"{name}. {told}"] if told.strip() else [way.format(name) for way in _SAID]


def _unit(rows: "Rows") -> "Rows":
    import numpy as np  # noqa: PLC0415 - in a child process only

    unit: Rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit


def _softmax(values: Sequence[float]) -> list[float]:
    top = max(values)
    parts = [math.exp((value - top) / _TEMPERATURE) for value in values]
    return [part / sum(parts) for part in parts]


def _alone(value: float) -> float:
    return 1 / (1 + math.exp(-(value - 0.25) / _TEMPERATURE))
