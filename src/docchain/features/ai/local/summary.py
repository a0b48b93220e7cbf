"""Summaries that only quote; its one rule: every sentence stands in the text, and says where.

Method: LexRank (Erkan & Radev, 2004) on vectors of meaning instead of words, with a walker that prefers to start at the
beginning of a text, and choice by maximal marginal relevance (Carbonell & Goldstein, 1998).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from docchain.features.ai.local.sentences import Sentence, sentences_of

if TYPE_CHECKING:
    from docchain.features.ai.local.vectors import Embed, Rows

METHOD: Final = "lexrank+mmr"
MOST: Final = 240
_WORDS: Final = (5, 60)
_DAMPING: Final = 0.85
_ALIKE: Final = 0.15
_RELEVANCE: Final = 0.7
_SAME: Final = 0.95
_ROUNDS: Final = 50
_EARLY: Final = 0.15


@dataclass(frozen=True, slots=True)
class Summary:
    """`sentences` in the order of the text; `looked_at` of `of` sentences were weighed."""

    sentences: list[Sentence]
    looked_at: int
    of: int
    confidence: float
    method: str = METHOD

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


def summary_of(text: str, embed: "Embed", sentences: int = 3, words: int | None = None) -> Summary:
    """The sentences that say most, up to a number of them, or of words."""
    every = sentences_of(text)
    fit = [piece for piece in every if _WORDS[0] <= piece.text.count(" ") + 1 <= _WORDS[1]] or every
    weighed = _spread(fit, MOST)
    if not weighed:
        return Summary([], 0, 0, 0.0)
    most = len(weighed) if words else sentences
    if len(weighed) <= most and not words:
        return Summary(weighed, len(weighed), len(every), 0.6)
    rows = embed([piece.text for piece in weighed])
    alike = (rows @ rows.T).clip(0, 1)
    ranks = _ranks(alike)
    chosen = _chosen(weighed, ranks, alike, most, words)
    sure = float(sum(alike[place].mean() for place in chosen)) / max(1, len(chosen))
    picked = [weighed[place] for place in sorted(chosen)]
    return Summary(picked, len(weighed), len(every), round(min(0.9, 0.5 + sure / 2), 3))


def _spread(pieces: Sequence[Sentence], most: int) -> list[Sentence]:
    """The first half of the allowance from the beginning, the rest evenly from what follows."""
    if len(pieces) <= most:
        return list(pieces)
    first, rest = pieces[: most // 2], pieces[most // 2 :]
    step = len(rest) / (most - len(first))
    return [*first, *(rest[int(place * step)] for place in range(most - len(first)))]


def _ranks(alike: "Rows") -> "Rows":
    import numpy as np  # noqa: PLC0415 - in a child process only

    count = len(alike)
    edges = np.where(alike >= _ALIKE, alike, 0) - np.eye(count, dtype=np.float32)
    edges = edges.clip(0) + 1e-6
    edges /= edges.sum(axis=1, keepdims=True)
    prior = (1 / (1 + _EARLY * np.arange(count))).astype(np.float32)
    prior /= prior.sum()
    ranks: Rows = prior
    for _ in range(_ROUNDS):
        ranks = ((1 - _DAMPING) * prior + _DAMPING * ranks @ edges).astype(np.float32)
    scaled: Rows = ranks / ranks.max()
    return scaled


def _chosen(weighed: Sequence[Sentence], ranks: "Rows", alike: "Rows", most: int, words: int | None) -> list[int]:
    chosen: list[int] = []
    left, room = set(range(len(weighed))), words if words is not None else 10**9
    while left and len(chosen) < most:
        best = max(
            left,
            key=lambda place: (
                _RELEVANCE * float(ranks[place])
                - (1 - _RELEVANCE) * max((float(alike[place][other]) for other in chosen), default=0.0)
            ),
        )
        left.discard(best)
        if any(float(alike[best][other]) >= _SAME for other in chosen):
            continue
        length = weighed[best].text.count(" ") + 1
        if length <= room:
            chosen.append(best)
            room -= length
    return chosen or [max(range(len(weighed)), key=lambda place: float(ranks[place]))][: 1 if words is None else 0]
