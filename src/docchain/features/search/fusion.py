"""Fusion of rankings by reciprocal rank: the same for every back end, and the reason why a hit is where it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

K: Final = 60
"""How much the first ranks weigh more than the next; 60 is what the method was published with."""


@dataclass(frozen=True, slots=True)
class Fused:
    """`parts`: what each ranking contributed, by its name: the rank there, and the share of the score."""

    id: UUID
    score: float
    parts: Mapping[str, tuple[int, float]]


def fuse(rankings: Mapping[str, Sequence[UUID]], weights: Mapping[str, float] | None = None) -> list[Fused]:
    """Order all that is in any of the rankings; equal scores keep the order of the first ranking."""
    parts: dict[UUID, dict[str, tuple[int, float]]] = {}
    for name, ids in rankings.items():
        weight = (weights or {}).get(name, 1.0)
        for rank, id_ in enumerate(ids, 1):
            parts.setdefault(id_, {})[name] = (rank, weight / (K + rank))
    fused = [Fused(id_, sum(share for _, share in given.values()), given) for id_, given in parts.items()]
    return sorted(fused, key=lambda item: -item.score)
