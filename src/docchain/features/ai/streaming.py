"""Pieces of answers while they come; its one rule: they are numbered, kept nowhere, and shed first."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from docchain.engine.kinds import StepContext

if TYPE_CHECKING:
    from docchain.features.ai.building import Whisper
    from docchain.features.ai.port import Deltas

T = TypeVar("T")
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Of an answer that comes as events."""


def event(name: str, data: dict[str, Any]) -> str:
    """A server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


class StepDeltas:
    """Takes the pieces of a step's answer to the room of its run.

    Args:
        context: the step.
        whisper: tells the room.
    """

    def __init__(self, context: StepContext, whisper: "Whisper") -> None:
        self._workspace, self._run = context.workspace_id, context.run_id
        self._told = {
            "run_id": str(context.run_id),
            "step": context.step_id,
            "attempt": context.attempt,
        }
        self._whisper = whisper
        self._seq = 0

    async def __call__(self, piece: str | None) -> None:
        self._seq += 1
        told = {"type": "ai.restart"} if piece is None else {"type": "ai.delta", "text": piece}
        self._whisper(self._workspace, self._run, {**self._told, **told, "seq": self._seq})


async def pieces_of(work: "Callable[[Deltas], Awaitable[T]]") -> AsyncIterator[str | T | None]:
    """The pieces of an answer as they come, and at last what the work returns; who stops reading ends the work.

    None: another answer begins.
    """
    queue: asyncio.Queue[tuple[str | None] | None] = asyncio.Queue()

    async def take(piece: str | None) -> None:
        queue.put_nowait((piece,))

    async def run() -> T:
        try:
            return await work(take)
        finally:
            queue.put_nowait(None)

    task = asyncio.create_task(run())
    try:
        while (told := await queue.get()) is not None:
            yield told[0]
        yield await task
    finally:
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task
