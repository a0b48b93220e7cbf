"""Hands messages to the server, one at a time; where nothing waits, without waiting for what became of the last."""

import time
from typing import Any

from starlette.types import Message, Send


class Wire:
    """The way to one client.

    Awaiting each of a thousand sends costs more than sending, so one that finds the wire free is only begun; what comes
    while it is under way has to wait its turn, in an outbox.

    Args:
        send: hands over to the server, and waits until the client's system took it.
        begin: the server's own, which starts to send when it is called; none, where that is not known of it.
    """

    def __init__(self, send: Send, begin: Any = None) -> None:
        self._send = send
        self._start = begin
        self._flying: Any = None
        self._since: float | None = None
        self.used = time.monotonic()

    @property
    def busy_since(self) -> float | None:
        """When what is under way was begun."""
        if self._flying is not None and self._flying.done():
            self._flying = self._since = None
        return self._since

    def begin(self, text: str) -> bool:
        """Begin to send, if nothing else is under way."""
        if self._start is None or self.busy_since is not None:
            return False
        flying = self._start(_as_message(text))
        if not hasattr(flying, "done"):  # a layer in between, or it failed at once: only who awaits it hears of that
            self._start = None
            return False
        self._flying, self._since = flying, time.monotonic()
        self.used = self._since
        return True

    async def send(self, text: str) -> None:
        """Send after what is under way."""
        if self._flying is not None:
            flying, self._flying = self._flying, None
            await flying
        self._since = self.used = time.monotonic()
        await self._send(_as_message(text))
        self._since = None

    async def close(self, code: int, reason: str) -> None:
        if self._flying is not None and not self._flying.done():
            self._flying.cancel()
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


def _as_message(text: str) -> Message:
    return {"type": "websocket.send", "text": text}
