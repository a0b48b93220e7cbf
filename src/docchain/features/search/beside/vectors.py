"""The vectors of an entry as they are handed in: rows of float16, one for each passage."""

from collections.abc import Sequence
from typing import Final

import numpy as np

DIMENSION: Final = 512


def mean_of(rows: bytes) -> Sequence[float] | None:
    """What the whole means; nothing, if there are no vectors."""
    given = np.frombuffer(rows, np.float16).reshape(-1, DIMENSION).astype(np.float32)
    if not len(given):
        return None
    mean = given.mean(axis=0)
    norm = float(np.linalg.norm(mean))
    return [float(number) for number in mean / norm] if norm else None
