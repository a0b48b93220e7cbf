"""All sockets and streams of this process: who may come, who has to go, and what becomes of them at a stop."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog

from docchain.features.realtime import messages
from docchain.features.realtime.access import Access
from docchain.features.realtime.domain import (
    DISCONNECTED,
    GOING_AWAY,
    IDLE,
    TOO_SLOW,
    UNAUTHENTICATED,
    family_of,
)
from docchain.features.realtime.errors import TooManyConnections
from docchain.features.realtime.hub import Hub
from docchain.features.realtime.listening import Listener
from docchain.features.realtime.service import DISCONNECTED_EVENT
from docchain.features.realtime.socket import Socket
from docchain.platform.clock import Clock
from docchain.platform.errors import Refusal
from docchain.platform.events import Event
from docchain.platform.settings import LiveSettings
from docchain.platform.work import Actor

log = structlog.get_logger(__name__)
_IDENTITY: Final = frozenset(
    {"session", "user", "membership", "workspace", "role", "grant", "restriction", "api_key", "security"}
)


class Sockets:
    """Keeps the rules that do not depend on what clients say.

    Args:
        hub: knows all listeners.
        access: asked again when an event tells that somebody may have lost access.
        settings: the bounds.
        clock: what time it is.
    """

    def __init__(self, hub: Hub, access: Access, settings: LiveSettings, clock: Clock) -> None:
        self.shed = 0
        """Listeners that read too slowly."""
        self.stopping = False
        self.heartbeat = settings.live_heartbeat
        self._hub = hub
        self._access = access
        self._settings = settings
        self._clock = clock
        self._held: Counter[UUID | None] = Counter()
        self._gone = asyncio.Event()
        self._checks: set[asyncio.Task[None]] = set()
        hub.feed.subscribe(self._watch_events)

    def open(self, listener: Listener) -> None:
        """Let one more in.

        Raises:
            TooManyConnections: this process has as many as it may, or stops.
        """
        if self.stopping or len(self._hub.listeners) >= self._settings.live_connections:
            raise TooManyConnections("The server takes no more now.", hint="Try again in a moment.")
        self._hub.listeners.add(listener)

    def close(self, listener: Listener) -> None:
        self._hub.remove(listener)
        if listener.admitted is not None:
            self._held[listener.admitted] -= 1
            if not self._held[listener.admitted]:
                del self._held[listener.admitted]
        if not self._hub.listeners:
            self._gone.set()
        if listener.ending is not None and listener.ending[0] == TOO_SLOW:
            self.shed += 1
            log.info("socket_shed", connection=str(listener.id), sent=listener.outbox.sent)

    def admit(self, listener: Listener, actor: Actor) -> None:
        """Refuse one more connection of a user who has as many as they may."""
        most = self._settings.live_user_connections
        if self._held[actor.user_id] >= most:
            raise TooManyConnections(f"You have {most} connections to this server.", hint="Close one of them.")
        listener.admitted = actor.user_id
        self._held[actor.user_id] += 1

    async def run(self) -> None:
        """Look after all of them every second, until cancelled."""
        while True:
            await asyncio.sleep(1)
            now, clock = time.monotonic(), self._clock.now()
            for listener in tuple(self._hub.listeners):
                if listener.actor is not None and listener.actor.until is not None and listener.actor.until <= clock:
                    listener.end(UNAUTHENTICATED, "The sign-in has expired.")
                if isinstance(listener, Socket):
                    self._look_after(listener, now)

    async def stop(self) -> None:
        """Tell everybody that the server goes away, and wait until they are gone."""
        self.stopping = True
        for listener in tuple(self._hub.listeners):
            listener.end(GOING_AWAY, f"The server stops; resume after {listener.outbox.sent}.")
        if self._hub.listeners:
            self._gone.clear()
            await self._gone.wait()

    def _look_after(self, socket: Socket, now: float) -> None:
        own = self._settings
        since = socket.wire.busy_since
        if since is not None and now - since > own.live_stall:
            socket.shed()
        elif socket.actor is None and now - socket.opened > own.live_authenticate:
            socket.end(UNAUTHENTICATED, "The socket did not sign in.")
        elif now - socket.heard > own.live_idle:
            socket.end(IDLE, "The client said nothing for long.")
        elif socket.actor is not None and now - socket.wire.used > own.live_heartbeat and not socket.catching_up:
            socket.answer(messages.Heartbeat(number=self._hub.feed.position))

    def _watch_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.type == DISCONNECTED_EVENT:
                for listener in self._hub.listeners:
                    if listener.id == event.subject_id:
                        listener.end(DISCONNECTED, "An administrator closed the connection.")
            elif family_of(event.type) in _IDENTITY:
                self._check_concerned(event)

    def _check_concerned(self, event: Event) -> None:
        """Ask again who they are, of whom the event may be; who is new somewhere concerns nobody yet."""
        named = {str(event.subject_id), *(str(value) for value in event.data.values())}
        for listener in self._hub.listeners:
            actor = listener.actor
            if actor is not None and named & _names_of(actor):
                task = asyncio.create_task(self._check(listener, actor))
                self._checks.add(task)
                task.add_done_callback(self._checks.discard)

    async def _check(self, listener: Listener, actor: Actor) -> None:
        try:
            listener.actor = await self._access.again(actor, listener.workspace)
        except Refusal as refusal:
            listener.end(UNAUTHENTICATED, refusal.title)
        except Exception:
            log.exception("socket_check_failed")
            listener.end(GOING_AWAY, f"Something went wrong; resume after {listener.outbox.sent}.")


def _names_of(actor: Actor) -> set[str]:
    known: tuple[UUID | None, ...] = (actor.session_id, actor.key_id, actor.user_id, actor.workspace_id)
    return {str(name) for name in known if name is not None}
