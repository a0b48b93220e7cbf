"""Signing in, refreshing and authenticating: transactions around password checks, which run in threads of their own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.errors import RefreshTokenReused, RegistrationClosed, WrongCredentials
from docchain.features.identity.registering import Registering
from docchain.features.identity.schemas import Login, Registration, SignedIn
from docchain.features.identity.service import Grant, IdentityService
from docchain.features.identity.socket_cookie import SocketCookies
from docchain.features.identity.throttle import Throttle
from docchain.platform.database import Database
from docchain.platform.freshness import Kept
from docchain.platform.idempotency import Asked
from docchain.platform.passwords import Passwords
from docchain.platform.settings import SecuritySettings
from docchain.platform.tokens import BadToken, Tokens
from docchain.platform.work import SYSTEM, Actor

_ACTORS = 10_000


class SignIn:
    """Takes credentials and tokens, and answers with tokens and actors."""

    def __init__(self, database: Database, passwords: Passwords, settings: SecuritySettings) -> None:
        self._database = database
        self._passwords = passwords
        self._tokens = Tokens(
            settings.secret_key.get_secret_value(), timedelta(minutes=settings.access_token_minutes), database.clock
        )
        self._refresh_lifetime = timedelta(days=settings.refresh_token_days)
        self._open = settings.registration == "open"
        self.cookies = SocketCookies(settings, database.clock)
        self._throttle = Throttle()
        self._registering = Registering(database, passwords)
        self._actors: Kept[tuple[str, str | None], Actor] = Kept(database.freshness, _ACTORS)

    async def login(self, login: Login, client: str) -> SignedIn:
        key = (domain.username_key(login.username), client)
        self._throttle.check(key, self._database.clock.now())
        user_id = await self._verified(login)
        if user_id is None:
            self._throttle.failed(key, self._database.clock.now())
            raise WrongCredentials(login.username)
        self._throttle.succeeded(key)
        return await self._open_session(user_id)

    async def register(self, registration: Registration, asked: Asked | None = None) -> SignedIn:
        """Create a user with a workspace of their own, and sign them in."""
        if not self._open:
            raise RegistrationClosed(
                "New users cannot register here.",
                hint="Ask an administrator for a user, or start the server with DOCCHAIN_REGISTRATION=open.",
            )
        return await self._open_session(await self._registering.register(registration, asked))

    async def refresh(self, token: str) -> SignedIn:
        grant = await self._database.write(
            lambda work: IdentityService(work).refresh(token, self._refresh_lifetime), SYSTEM
        )
        if grant is None:
            raise RefreshTokenReused("Somebody used it before, so its session was ended.", hint="Sign in again.")
        return self._signed_in(grant)

    async def logout(self, token: str) -> None:
        session_id, _ = self._session_of(token)
        await self._database.write(lambda work: IdentityService(work).close_session(session_id), SYSTEM)

    async def authenticate(self, token: str, workspace: str | None) -> Actor:
        """Return who an access token stands for, in the workspace that was named or the user's first.

        Who was found before is not looked up again, unless an event tells that this may have changed.
        """
        key = (token, workspace)
        if self._actors.get(key) is not None and await self._database.freshness.reach():
            known = self._actors.get(key)
            if known is not None and known.until is not None and known.until > self._database.clock.now():
                return known
        session_id, until = self._session_of(token)
        while True:
            since = await self._database.freshness.known()
            found = await self._database.read(lambda work: IdentityService(work).actor(session_id, workspace), SYSTEM)
            actor = replace(found, session_id=session_id, until=until)
            subjects = [("session", session_id.bytes), ("user", actor.user_id.bytes)] if actor.user_id else []
            self._actors.put(key, actor, 1, subjects, since)
            if since is None or self._actors.get(key) is actor:  # else something changed meanwhile
                return actor

    async def _verified(self, login: Login) -> UUID | None:
        """Take the same time whether the user exists or not."""
        user_id, hashed = await self._database.read(
            lambda work: IdentityService(work).password_hash(login.username), SYSTEM
        )
        right = await self._passwords.verify(login.password.get_secret_value(), hashed)
        return user_id if right else None

    async def _open_session(self, user_id: UUID) -> SignedIn:
        return self._signed_in(
            await self._database.write(
                lambda work: IdentityService(work).open_session(user_id, self._refresh_lifetime), SYSTEM
            )
        )

    def _session_of(self, token: str) -> tuple[UUID, datetime]:
        """The session, and until when the token is good."""
        try:
            claims = self._tokens.read(token)
            return UUID(claims["sid"]), datetime.fromtimestamp(claims["exp"], UTC)
        except (KeyError, ValueError, AttributeError):
            raise BadToken(hint="Sign in again to get a new one.") from None

    def _signed_in(self, grant: Grant) -> SignedIn:
        token, expires = self._tokens.issue({"sub": str(grant.user.id), "sid": str(grant.session_id)})
        seconds = round((expires - self._database.clock.now()).total_seconds())
        return SignedIn(
            access_token=token,
            refresh_token=grant.refresh_token,
            expires_in=seconds,
            user=grant.user,
            workspace=grant.workspace,
        )
