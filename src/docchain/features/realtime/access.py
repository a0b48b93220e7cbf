"""Whose a socket is: by access token, by a ticket that works once, or by the cookie of a browser that signed in."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from docchain.features.identity import SignIn
from docchain.features.realtime.errors import BadTicket, ForeignOrigin
from docchain.features.realtime.repository import RealtimeRepository
from docchain.features.realtime.tables import SocketTicketRow
from docchain.platform.database import Database
from docchain.platform.errors import Unauthenticated
from docchain.platform.web.door import SecondFactorNeeded
from docchain.platform.work import SYSTEM, Actor, Work

TICKET_PREFIX: Final = "dct_"
_TICKET_BYTES: Final = 32


class Access:
    """Finds actors; whoever it answers acts in a session, until a moment, and owes no second factor.

    Args:
        database: where tickets and sessions are.
        sign_in: believes access tokens and cookies.
        origins: pages of these may use the cookie, beside our own.
        ticket_seconds: how long a ticket is good for.
    """

    def __init__(self, database: Database, sign_in: SignIn, origins: list[str], ticket_seconds: float) -> None:
        self._database = database
        self._sign_in = sign_in
        self._origins = {origin.rstrip("/").lower() for origin in origins if origin}
        self._lifetime = timedelta(seconds=ticket_seconds)

    async def by_token(self, token: str, workspace: str | None) -> Actor:
        return _unconfined(await self._sign_in.authenticate_token(token, workspace))

    async def by_cookie(self, cookie: str, workspace: str | None, origin: str, host: str) -> Actor:
        """Browsers send cookies by themselves, so the page must be ours."""
        self._check_origin(origin, host)
        return _unconfined(await self._sign_in.authenticate_cookie(cookie, workspace))

    async def by_ticket(self, ticket: str) -> tuple[Actor, str | None]:
        """Who got the ticket, and for which workspace."""

        def take(work: Work) -> SocketTicketRow | None:
            return RealtimeRepository(work.session).take_ticket(_digest(ticket))

        row = await self._database.write(take, SYSTEM)
        if row is None or row.expires_at <= self._database.clock.now():
            raise BadTicket
        return await self._actor(row.session_id, row.workspace, row.good_until), row.workspace

    async def again(self, actor: Actor, workspace: str | None) -> Actor:
        """The same actor as they are now.

        Raises:
            Unauthenticated: the session ended.
            Denied: they are no member any more, or owe a second factor.
        """
        if actor.session_id is None or actor.until is None:
            raise Unauthenticated
        now = await self._actor(actor.session_id, workspace, actor.until)
        if now.workspace_id != actor.workspace_id:
            raise Unauthenticated
        return now

    async def ticket(self, actor: Actor, workspace: str | None) -> tuple[str, datetime]:
        """Make a ticket for who acts; return it and when it expires."""
        ticket = TICKET_PREFIX + secrets.token_urlsafe(_TICKET_BYTES)

        def keep(work: Work) -> datetime:
            expires = work.now + self._lifetime
            assert actor.session_id is not None and actor.until is not None  # noqa: S101, PT018 - they sent a token
            row = SocketTicketRow(
                digest=_digest(ticket),
                session_id=actor.session_id,
                workspace=workspace,
                good_until=actor.until,
                expires_at=expires,
            )
            RealtimeRepository(work.session).add_ticket(row, work.now)
            return expires

        return ticket, await self._database.write(keep, SYSTEM)

    async def _actor(self, session_id: UUID, workspace: str | None, until: datetime) -> Actor:
        found = await self._sign_in.again(session_id, workspace)
        return replace(_unconfined(found), session_id=session_id, until=until)

    def _check_origin(self, origin: str, host: str) -> None:
        if urlsplit(origin).netloc.lower() != host.lower() and origin.rstrip("/").lower() not in self._origins:
            raise ForeignOrigin(origin)


def _unconfined(actor: Actor) -> Actor:
    """Nothing that opens over a socket is to set up a second factor, so who owes one has no use for any."""
    if actor.to_enrol:
        raise SecondFactorNeeded
    return actor


def _digest(ticket: str) -> str:
    """Tickets are random, so a fast hash is safe."""
    return sha256(ticket.encode()).hexdigest()
