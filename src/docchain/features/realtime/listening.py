"""One connection as the hub sees it: what it may read, where it listens and since when, and what waits to be sent."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from docchain.features.realtime.domain import TOO_SLOW
from docchain.features.realtime.outbox import Outbox
from docchain.features.realtime.rendering import Rendered, may_hear, veiled
from docchain.platform.ids import new_id
from docchain.platform.work import Actor


class Listener:
    """It hears each event once; one that cannot take any more is ended, and told from which number to resume."""

    kind = "socket"
    label = user_label = ""
    """What the client calls itself; nobody's identity."""

    def __init__(self, outbox: Outbox) -> None:
        self.id = new_id()
        self.opened_at = datetime.now(UTC)
        self.outbox = outbox
        self.addresses: dict[str, int] = {}
        self.catching_up = False
        self.actor: Actor | None = None
        self.admitted: UUID | None = None
        """Among whose connections it counts."""
        self.workspace: str | None = None
        """The workspace as it was asked for when it signed in."""
        self.ending: tuple[int, str] | None = None
        self.ended = asyncio.Event()

    def end(self, code: int, reason: str) -> None:
        """Ask for its end; the first reason counts."""
        if self.ending is None:
            self.ending = (code, reason)
            self.ended.set()

    def shed(self) -> None:
        self.end(TOO_SLOW, f"Reads too slowly; resume after {self.outbox.sent}.")

    def tell(self, told: Rendered) -> None:
        """Put in an event, if the user may read it."""
        actor = self.actor
        if actor is None or self.ending is not None:
            return
        if not may_hear(actor, told):
            return
        if not self.take_in(veiled(told, actor.hidden) if actor.hidden else told):
            self.shed()

    def take_in(self, told: Rendered) -> bool:
        return self.outbox.put(told)

    def say(self, text: str) -> None:
        """Put in a message that is no event."""
        if self.ending is None and not self.outbox.put(text):
            self.shed()

    def hint(self, text: str) -> None:
        """Put in what may be lost: pieces of a run's answer, for who may see all of what runs say."""
        actor = self.actor
        if actor is None or self.ending is not None or self.catching_up:
            return
        if "runs:read" in actor.permissions and not actor.reach.is_limited and not actor.hidden:
            self.outbox.put_if_idle(text)
