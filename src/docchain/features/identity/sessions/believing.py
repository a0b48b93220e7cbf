"""Who a token stands for: what was found is kept until an event tells that it may have changed."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from docchain.features.identity.entering import Demand, ReadCredential
from docchain.features.identity.errors import SessionEnded
from docchain.features.identity.service import IdentityService
from docchain.features.identity.sessions.errors import NoSession
from docchain.features.identity.sessions.opening import Lifetimes
from docchain.features.identity.sessions.service import SessionService
from docchain.platform.database import Database
from docchain.platform.freshness import Kept
from docchain.platform.tokens import BadToken, Tokens
from docchain.platform.web.session_cookie import COOKIE_PREFIX
from docchain.platform.work import SYSTEM, Actor, Work

_ACTORS: Final = 10_000
_SEEN_EVERY: Final = timedelta(minutes=5)
_PREFIX_LENGTH: Final = 4
_log = structlog.get_logger(__name__)


class Believer:
    """Believes access tokens, cookies of browsers, and whatever a reader is registered for by prefix.

    Args:
        database: where sessions are.
        tokens: reads access tokens.
        lifetimes: how long a session may be idle.
    """

    def __init__(self, database: Database, tokens: Tokens, lifetimes: Lifetimes) -> None:
        self.readers: dict[str, ReadCredential] = {}
        """By the first four characters of a credential, such as `dck_`."""
        self.demand: Demand = lambda _, actor: actor
        """Confines who owes something, such as a second factor."""
        self._database = database
        self._tokens = tokens
        self._idle = lifetimes.idle
        self._seen_every = min(_SEEN_EVERY, lifetimes.idle / 5)
        self._seen: OrderedDict[UUID, datetime] = OrderedDict()
        self._actors: Kept[tuple[str, str | None], Actor] = Kept(database.freshness, _ACTORS)

    async def authenticate(self, token: str, workspace: str | None) -> Actor:
        """Return who a token stands for, in the workspace that was named or the user's first."""
        key = (token, workspace)
        if self._actors.get(key) is not None and await self._database.freshness.reach():
            known = self._actors.get(key)
            if known is not None and known.until is not None and known.until > self._database.clock.now():
                return known if self._was_seen(known) else await self._look(key, known)
        reader = self.readers.get(token[:_PREFIX_LENGTH])
        return await reader(token, workspace) if reader else await self._look(key)

    async def person(self, token: str) -> Actor:
        """Who a token of a session stands for, wherever they are a member, if anywhere."""
        session_id = await self.session_id_of(token)
        if session_id is None:
            raise SessionEnded(hint="Sign in again.")
        find = self._demanding(lambda work: IdentityService(work).person(session_id))
        actor = await self._database.read(find, SYSTEM)
        if not self._was_seen(actor):
            await self._touch(session_id)
        return actor

    async def again(self, session_id: UUID, workspace: str | None) -> Actor:
        """Who acts in a session now; nothing is taken from what was kept."""
        find = self._demanding(lambda work: IdentityService(work).actor(session_id, workspace))
        return await self._database.read(find, SYSTEM)

    async def session_id_of(self, token: str) -> UUID | None:
        """The session that a token or a cookie stands for, whatever its user may do; `None` if there is none."""
        if token.startswith(COOKIE_PREFIX):
            return await self._database.read(lambda work: SessionService(work).of_cookie(token), SYSTEM)
        if token[:_PREFIX_LENGTH] in self.readers:
            raise NoSession
        return self.session_of(token)[0]

    def session_of(self, token: str) -> tuple[UUID, datetime]:
        """The session of an access token, and until when the token is good."""
        try:
            claims = self._tokens.read(token)
            return UUID(claims["sid"]), datetime.fromtimestamp(claims["exp"], UTC)
        except (KeyError, ValueError, AttributeError):
            raise BadToken(hint="Sign in again to get a new one.") from None

    def saw(self, session_id: UUID) -> None:
        """The session was used just now; noted in the database already."""
        self._seen[session_id] = self._database.clock.now()
        self._seen.move_to_end(session_id)
        if len(self._seen) > _ACTORS:
            self._seen.popitem(last=False)

    async def _look(self, key: tuple[str, str | None], known: Actor | None = None) -> Actor:
        find = self._demanding(self._finder(*key))
        if known is not None and known.session_id is not None:
            await self._touch(known.session_id)
        while True:
            since = await self._database.freshness.known()
            actor = await self._database.read(find, SYSTEM)
            assert actor.session_id is not None and actor.user_id is not None  # noqa: S101, PT018 - of a session
            subjects = [("session", actor.session_id.bytes), ("user", actor.user_id.bytes)]
            self._actors.put(key, actor, 1, subjects, since)
            if since is not None and self._actors.get(key) is not actor:  # something changed meanwhile
                continue
            if self._was_seen(actor):
                return actor
            await self._touch(actor.session_id)

    def _finder(self, token: str, workspace: str | None) -> Callable[[Work], Actor]:
        if token.startswith(COOKIE_PREFIX):
            return lambda work: IdentityService(work).actor_of_cookie(token, workspace)
        session_id, until = self.session_of(token)
        return lambda work: _until(IdentityService(work).actor(session_id, workspace), until)

    def _demanding(self, find: Callable[[Work], Actor]) -> Callable[[Work], Actor]:
        return lambda work: self.demand(work, find(work))

    def _was_seen(self, actor: Actor) -> bool:
        if actor.session_id is None:
            return True
        seen = self._seen.get(actor.session_id)
        return seen is not None and self._database.clock.now() - seen < self._seen_every

    async def _touch(self, session_id: UUID) -> None:
        """Others who come at the same moment need not."""
        self.saw(session_id)
        try:
            await self._database.write(lambda work: SessionService(work).touch(session_id, self._idle), SYSTEM)
        except Exception as error:  # noqa: BLE001 - whoever only reads is not kept out by a full disk
            _log.warning("session_not_touched", error=str(error))


def _until(actor: Actor, until: datetime) -> Actor:
    return replace(actor, until=until if actor.until is None else min(actor.until, until))
