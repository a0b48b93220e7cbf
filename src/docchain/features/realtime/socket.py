"""One client's socket: reads orders one after the other, writes what its outbox holds, and ends for one reason."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive

from docchain.features.realtime.domain import POLICY, TOO_LONG
from docchain.features.realtime.errors import BadMessage, MessageTooLarge, TooManyMessages
from docchain.features.realtime.listening import Listener
from docchain.features.realtime.messages import Failed, Told
from docchain.features.realtime.outbox import Outbox
from docchain.features.realtime.rendering import Rendered
from docchain.features.realtime.wire import Wire
from docchain.platform.errors import Refusal
from docchain.platform.settings import LiveSettings
from docchain.platform.work import Actor

_CLOSE_SECONDS: Final = 1.0
_SILENCE: Final = 0.05
"""Seconds without a message after which a client that was loud has said all it had sent."""
_DIGITS: Final = 19
_PATIENCE: Final = 100
"""Messages beyond the rate that are refused politely; then the socket is closed."""

Handle = Callable[["Socket", bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a client brought when it opened a socket."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    learn: Callable[[Actor], object] = lambda _: None
    """Is told whose it is: later ones are counted as theirs."""


class Socket(Listener):
    """A listener over a WebSocket that was accepted.

    Args:
        handshake: what it was opened with.
        receive: waits for what the client says.
        wire: the way to the client.
        settings: its bounds.
    """

    def __init__(self, handshake: Handshake, receive: Receive, wire: Wire, settings: LiveSettings) -> None:
        super().__init__(Outbox(settings.live_queue, settings.live_queue_bytes))
        self._receive = receive
        self.wire = wire
        self.label = handshake.query.get("connection_id", "")[:100]
        self.user_label = handshake.query.get("user_id", "")[:100]
        self.resumes_after = _number(handshake.query.get("after"))
        """What its client saw last; it hears of nothing until it says where it listens, so that nothing comes early."""
        self.opened = self.heard = time.monotonic()
        self._settings = settings
        self._allowance = settings.live_message_rate * 2
        self._spoke = self.opened
        self._beyond = 0
        if handshake.query.get("after") and self.resumes_after is None:
            self._refuse_to_resume()

    async def serve(self, handle: Handle) -> None:
        """Serve until either side ends it."""
        reading = asyncio.create_task(self._read(handle))
        tasks = [reading, asyncio.create_task(self._write()), asyncio.create_task(self.ended.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if reading.done() and self.ending is not None:
                await self._hear_out()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self.ending is not None:
            await self._close(*self.ending)

    def answer(self, told: Told) -> None:
        self.say(told.model_dump_json(exclude_none=True))

    def refuse(self, refusal: Refusal, order_id: str | int | None = None) -> None:
        hint = refusal.hint or None
        self.answer(Failed(id=order_id, code=refusal.code, title=refusal.title, detail=refusal.detail, hint=hint))

    def _refuse_to_resume(self) -> None:
        """To go on from now instead would lose what the client wants to have."""
        detail = "`after` in the address is no number of an event."
        self.refuse(BadMessage(detail, hint="Give the `number` of the last event that you saw, or leave it out."))
        self.end(POLICY, detail)

    async def _read(self, handle: Handle) -> None:
        while self.ending is None:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            self.heard = now = time.monotonic()
            text = message["bytes"] if message.get("text") is None else message["text"].encode()
            if len(text) > self._settings.live_message_bytes:
                self.refuse(MessageTooLarge(f"At most {self._settings.live_message_bytes} bytes are read."))
                self.end(TOO_LONG, "The message is too large.")
            elif self._may_speak(now):
                await handle(self, text)

    async def _hear_out(self) -> None:
        """Take what was said before its end: a system that hangs up on it throws away what the client has not read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                while True:
                    async with asyncio.timeout(_SILENCE):
                        message = await self._receive()
                    if message["type"] == "websocket.disconnect":
                        return

    def _may_speak(self, now: float) -> bool:
        rate = self._settings.live_message_rate
        self._allowance = min(rate * 2, self._allowance + (now - self._spoke) * rate) - 1
        self._spoke = now
        if self._allowance >= 0:
            self._beyond = 0
            return True
        self._allowance += 1
        self._beyond += 1
        self.refuse(TooManyMessages(f"At most {rate:g} a second, on average.", hint="Send fewer."))
        if self._beyond > _PATIENCE:
            self.end(POLICY, "Too many messages.")
        return False

    def take_in(self, told: Rendered) -> bool:
        """Most find nothing before them, and go out at once."""
        if len(self.outbox) or not self.wire.begin(told.alone):
            return super().take_in(told)
        self.outbox.sent = told.number
        return True

    async def _write(self) -> None:
        outbox, wire = self.outbox, self.wire
        with suppress(RuntimeError, OSError):
            while True:
                text = outbox.take()
                if text is None:
                    await outbox.filled()
                else:
                    await wire.send(text)

    async def _close(self, code: int, reason: str) -> None:
        """Say what is left to say and why it ends, if the client takes it; then hang up all the same."""
        with suppress(TimeoutError, RuntimeError, OSError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                while self.wire.busy_since is None and (text := self.outbox.take()) is not None:
                    await self.wire.send(text)
                await self.wire.close(code, reason)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < _DIGITS else None
