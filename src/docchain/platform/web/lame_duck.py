"""The last moments of a server: who is connected gets an answer that says to connect elsewhere; then it may stop."""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docchain.platform.web.requests import close_after

_QUIET: Final = 0.1


class LameDuck:
    """ASGI layer around a whole application, from the order to stop on: every answer is the last of its connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = 0
        self._seen = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                close_after(message, scope)
            await send(message)

        self._open, self._seen = self._open + 1, self._seen + 1
        try:
            await self._app(scope, receive, sending)
        finally:
            self._open -= 1

    async def quiet(self, longest: float) -> None:
        """Return when nobody asks any more, or after so many seconds."""
        end = asyncio.get_running_loop().time() + longest
        seen = -1
        while (seen != self._seen or self._open) and (left := end - asyncio.get_running_loop().time()) > 0:
            seen = self._seen
            await asyncio.sleep(min(_QUIET, left))
