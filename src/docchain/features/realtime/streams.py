"""Server-sent events of one run: what was missed, then what happens, until it has ended; bounded as sockets are."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from docchain.features.realtime.domain import by_subject
from docchain.features.realtime.errors import TooManyConnections
from docchain.features.realtime.hub import Hub
from docchain.features.realtime.listening import Listener
from docchain.features.realtime.outbox import Outbox
from docchain.features.realtime.realtime import Realtime
from docchain.features.realtime.rendering import Rendered
from docchain.features.realtime.sockets import Sockets
from docchain.platform.settings import LiveSettings
from docchain.platform.work import Actor

_FINISHED, _REOPENED = "run.finished", "run.reopened"
_CLOSE_SECONDS: Final = 1.0
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class RunListener(Listener):
    """Knows whether its run has ended."""

    kind = "stream"

    def __init__(self, actor: Actor, settings: LiveSettings, *, finished: bool) -> None:
        super().__init__(Outbox(settings.live_queue, settings.live_queue_bytes, _as_events))
        self.actor = actor
        self.catching_up = True  # before anything else
        self.finished = finished

    def tell(self, told: Rendered) -> None:
        super().tell(told)
        if told.type in (_FINISHED, _REOPENED):
            self.finished = told.type == _FINISHED


class EventStream(Response):
    """An answer that goes on until its run has ended, the client leaves, or the listener has to go."""

    media_type = "text/event-stream"

    def __init__(self, listener: RunListener, address: str, after: int, *, hub: Hub, sockets: Sockets) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._listener = listener
        self._since = {address: after}
        self._hub = hub
        self._sockets = sockets
        self._heartbeat = sockets.heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._serve(receive, send)
        finally:
            self._sockets.close(self._listener)

    async def _serve(self, receive: Receive, send: Send) -> None:
        writing = asyncio.create_task(self._write(send))
        catching_up = asyncio.create_task(self._hub.catch_up(self._listener, self._since))
        catching_up.add_done_callback(lambda _: self._listener.outbox.wake())  # there may have been nothing to tell
        ends = [writing, asyncio.create_task(_left(receive)), asyncio.create_task(self._listener.ended.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*ends, catching_up):
                task.cancel()
            await asyncio.gather(*ends, catching_up, return_exceptions=True)
        with suppress(TimeoutError, RuntimeError, OSError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, send: Send) -> None:
        outbox, listener = self._listener.outbox, self._listener
        await _send(send, "retry: 1000\n\n")
        while True:
            text = outbox.take()
            if text is not None:
                await _send(send, text)
            elif listener.finished and not listener.catching_up:
                return
            else:
                await self._more(send)

    async def _more(self, send: Send) -> None:
        """Wait for more; a comment now and then shows both sides that the other one is there."""
        try:
            async with asyncio.timeout(self._heartbeat):
                await self._listener.outbox.filled()
        except TimeoutError:
            await _send(send, ": heartbeat\n\n")


def open_stream(realtime: Realtime, actor: Actor, run_id: UUID, after: int, *, finished: bool) -> EventStream:
    """The events of a run from a number on.

    Raises:
        TooManyConnections: the process, or the user, has as many as they may.
    """
    listener = RunListener(actor, realtime.settings, finished=finished)
    realtime.sockets.open(listener)
    try:
        realtime.sockets.admit(listener, actor)
    except TooManyConnections:
        realtime.sockets.close(listener)
        raise
    assert actor.workspace_id is not None  # noqa: S101 - the door lets nobody else in
    address = by_subject(actor.workspace_id, "run", run_id)
    return EventStream(listener, address, after, hub=realtime.hub, sockets=realtime.sockets)


def _as_events(events: Sequence[Rendered]) -> str:
    return "".join(f"id: {told.number}\ndata: {told.text}\n\n" for told in events)


async def _send(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
