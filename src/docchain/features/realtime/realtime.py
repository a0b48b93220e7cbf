"""Real time, put together: what the doors call, and what runs beside them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import Receive, Send

from docchain.features.identity import SignIn
from docchain.features.realtime.access import Access
from docchain.features.realtime.domain import TRY_LATER
from docchain.features.realtime.errors import TooManyConnections
from docchain.features.realtime.hub import Hub
from docchain.features.realtime.orders import Entry, Orders
from docchain.features.realtime.places import Places, Resolver
from docchain.features.realtime.presence import Presence
from docchain.features.realtime.socket import Handshake, Socket
from docchain.features.realtime.sockets import Sockets
from docchain.features.realtime.talking import Talking
from docchain.features.realtime.wire import Wire
from docchain.platform.database import Database
from docchain.platform.live import LiveFeed
from docchain.platform.settings import LiveSettings
from docchain.platform.work import Actor


class Realtime:
    """One per process.

    Args:
        database: where messages, tickets and sessions are.
        feed: tells of events.
        sign_in: knows who a token stands for.
        rooms: kinds of things that have a room, and how they are found.
        settings: the bounds.
        max_nesting: how deeply messages may be nested.
    """

    def __init__(
        self,
        database: Database,
        feed: LiveFeed,
        sign_in: SignIn,
        rooms: Mapping[str, Resolver],
        settings: LiveSettings,
        max_nesting: int,
    ) -> None:
        self.access = Access(database, sign_in, settings.live_origins, settings.live_ticket)
        self.hub = Hub(feed, settings.live_rooms)
        self.sockets = Sockets(self.hub, self.access, settings, database.clock)
        self.places = Places(database, self.hub, rooms)
        self.presence = Presence(database, self.hub)
        self._orders = Orders(self.access, self.places, Talking(database), self.sockets.admit, max_nesting)
        self.settings = settings
        self._cookie = sign_in.session_cookie

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look after connections as long as the context is open."""
        tasks = [asyncio.create_task(self.sockets.run()), asyncio.create_task(self.presence.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.presence.leave()

    async def stop(self) -> None:
        """Send everybody away: they connect again elsewhere, or later, and resume."""
        await self.sockets.stop()

    async def serve(self, handshake: Handshake, receive: Receive, send: Send, begin: Any = None) -> None:
        """Serve one socket from its handshake to its end."""
        await receive()
        await send({"type": "websocket.accept"})
        wire = Wire(send, begin)
        socket = Socket(handshake, receive, wire, self.settings)
        try:
            self.sockets.open(socket)
        except TooManyConnections as refusal:
            await wire.close(TRY_LATER, refusal.detail)
            return
        try:
            if (entry := self._entry(handshake)) is not None:
                await self._orders.enter(socket, entry)
            if socket.actor is not None:
                handshake.learn(socket.actor)
            await socket.serve(self._orders.handle)
        finally:
            self.sockets.close(socket)

    def _entry(self, handshake: Handshake) -> Entry | None:
        """What the handshake brought; nothing: the client signs in by its first message."""
        asked = handshake.query.get("workspace") or handshake.headers.get("x-workspace")
        scheme, _, token = handshake.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return Entry(self._by_token(token, asked))
        if ticket := handshake.query.get("ticket"):
            return Entry(self.access.by_ticket(ticket))
        if cookie := handshake.cookies.get(self._cookie):
            return Entry(self._by_cookie(handshake, cookie, asked), chosen=False)
        return None

    async def _by_token(self, token: str, workspace: str | None) -> tuple[Actor, str | None]:
        return await self.access.by_token(token, workspace), workspace

    async def _by_cookie(self, handshake: Handshake, cookie: str, workspace: str | None) -> tuple[Actor, str | None]:
        origin, host = handshake.headers.get("origin", ""), handshake.headers.get("host", "")
        return await self.access.by_cookie(cookie, workspace, origin, host), workspace
