"""The vectors of an entry as they are handed in: rows of float16, one for each passage."""

from collections.abc import Sequence
from typing import Final

import numpy as np

DIMENSION: Final = 512
ROW: Final = DIMENSION * 2
"""Bytes of one vector."""


def mean_of(rows: bytes) -> Sequence[float] | None:
    """What the whole means; nothing, if there are no vectors."""
    given = np.frombuffer(rows, np.float16).reshape(-1, DIMENSION).astype(np.float32)
    if not len(given):
        return None
    mean = given.mean(axis=0)
    norm = float(np.linalg.norm(mean))
    return [float(number) for number in mean / norm] if norm else None


def numbers_of(rows: bytes) -> list[list[float]]:
    """As numbers that are said in JSON."""
    vectors: list[list[float]] = np.frombuffer(rows, np.float16).reshape(-1, DIMENSION).astype(np.float32).tolist()
    return vectors


def signs_of(rows: bytes) -> list[bytes]:
    """A bit for each number: whether it is above zero. Vectors that mean something similar share most of them."""
    given = np.frombuffer(rows, np.float16).reshape(-1, DIMENSION)
    return [row.tobytes() for row in np.packbits(given > 0, axis=1)]
