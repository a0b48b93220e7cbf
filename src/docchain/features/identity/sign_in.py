"""Signing in, refreshing and signing out: transactions around password checks, which run in threads of their own."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from docchain.features.identity.entering import CheckPassword, ClaimInvitation, Demand, ReadCredential, SecondFactors
from docchain.features.identity.errors import (
    InvitationNeeded,
    NotAMember,
    RefreshTokenReused,
    RegistrationClosed,
    SecondFactorRequired,
    SessionEnded,
)
from docchain.features.identity.password_check import PasswordCheck
from docchain.features.identity.registering import Registering
from docchain.features.identity.schemas import Login, Registration, SignedIn
from docchain.features.identity.service import Grant, IdentityService
from docchain.features.identity.sessions.believing import Believer
from docchain.features.identity.sessions.challenges import Challenges
from docchain.features.identity.sessions.opening import Lifetimes, Opening
from docchain.features.identity.sessions.service import SessionService
from docchain.platform.database import Database
from docchain.platform.errors import Denied, Unauthenticated
from docchain.platform.idempotency import Asked
from docchain.platform.passwords import Passwords
from docchain.platform.provenance import Caller
from docchain.platform.settings import SecuritySettings
from docchain.platform.tokens import BadToken, Tokens
from docchain.platform.web.session_cookie import COOKIE_PREFIX, PLAIN_NAME, SAFE_NAME, cookie_digest
from docchain.platform.work import SYSTEM, Actor

_SWEPT_EVERY: Final = timedelta(hours=1)


class SignIn:
    """Takes credentials and tokens, and answers with tokens and actors."""

    def __init__(self, database: Database, passwords: Passwords, settings: SecuritySettings) -> None:
        self._database = database
        secret = settings.secret_key.get_secret_value()
        self._tokens = Tokens(secret, timedelta(minutes=settings.access_token_minutes), database.clock)
        self.lifetimes = Lifetimes.of(settings)
        self._registration = settings.registration
        self.second_factors: list[SecondFactors] = []
        """Asked after a right password; whoever has one is not signed in before it was given, too."""
        self.check_password: CheckPassword | None = None
        """Asked before somebody registers with a password."""
        self.challenges = Challenges(secret, timedelta(minutes=settings.challenge_minutes), database.clock)
        self.secure_cookies = settings.profile != "development"
        self.session_cookie = SAFE_NAME if self.secure_cookies else PLAIN_NAME
        self.passwords = PasswordCheck(database, passwords, settings)
        self._registering = Registering(database, passwords)
        self._swept = database.clock.now()
        self._believer = Believer(database, self._tokens, self.lifetimes)

    async def check(self, login: Login, caller: Caller) -> UUID:
        """Whose username and password these are.

        Raises:
            WrongCredentials: nobody's; TooManyAttempts: too many guesses came before.
            SecondFactorRequired: theirs, but they have to prove it a second way.
        """
        user_id, hashed = await self.passwords.user_of(login, caller.address)
        methods = [method for factors in self.second_factors for method in await factors.methods(user_id)]
        if methods:
            raise SecondFactorRequired(self.challenges.issue(user_id, hashed), methods)
        return user_id

    async def challenged(self, challenge: str) -> UUID:
        """Who has to prove it a second way.

        Raises:
            ChallengeExpired: it is too old, or their password is another by now.
        """
        asked = self.challenges.read(challenge)
        hashed = await self._database.read(lambda work: IdentityService(work).hash_of(asked.user_id), SYSTEM)
        return self.challenges.check(asked, hashed)

    async def admit_browser(
        self, user_id: UUID, method: str, caller: Caller, cookie: str, proved_at: datetime | None = None
    ) -> Grant:
        """The same for a browser: a new cookie stands for the session, and there are no tokens.

        `proved_at` is when a provider asked who they are; those who prove it here do so now.
        """
        opening = Opening.by(method, caller, self.lifetimes, cookie_digest(cookie))
        grant = await self._begin(user_id, replace(opening, proved_at=proved_at))
        self._believer.saw(grant.session_id)
        return grant

    async def change_cookie(self, session_id: UUID, cookie: str) -> None:
        """Another cookie stands for the session from now on; the old one means nothing."""
        await self._database.write(lambda work: SessionService(work).change_cookie(session_id, cookie), SYSTEM)

    async def leave(self, token: str) -> None:
        """End the session of a token or a cookie, if it lasts."""
        with suppress(Unauthenticated, Denied):
            await self.logout(token)

    async def admit(self, user_id: UUID, method: str, caller: Caller) -> SignedIn:
        """Begin a session for somebody who proved who they are: every way of signing in ends here."""
        return self._signed_in(await self._begin(user_id, Opening.by(method, caller, self.lifetimes)))

    def reads(self, prefix: str, reader: ReadCredential) -> None:
        """Let a reader believe the bearer tokens that begin with a prefix of four characters."""
        self._believer.readers[prefix] = reader

    async def register(self, registration: Registration, asked: Asked | None, caller: Caller) -> UUID:
        """Create a user with a workspace of their own, or by invitation to another; sent again, it is a sign-in."""
        if self._registration == "closed":
            raise RegistrationClosed(
                "New users cannot register here.",
                hint="Ask an administrator for a user, or start the server with DOCCHAIN_REGISTRATION=open.",
            )
        if self._registration == "invited" and registration.invitation is None:
            raise InvitationNeeded(
                "New users register here with an invitation.", hint="Ask a member of a workspace to invite you."
            )
        if self.check_password is not None:
            names = [registration.username, registration.name, registration.email or ""]
            await self.check_password(registration.password.get_secret_value(), names)
        user_id = await self._registering.register(registration, asked)
        if user_id is None:
            user_id = await self.check(Login(username=registration.username, password=registration.password), caller)
            if asked is not None:
                asked.on_repeat()
        return user_id

    def demands(self, demand: Demand) -> None:
        """Confine whoever owes something, in every session."""
        self._believer.demand = demand

    def invites(self, claim: ClaimInvitation) -> None:
        """Let people register with the invitations that this uses up."""
        self._registering.claim = claim

    async def refresh(self, token: str) -> SignedIn:
        lifetime = self.lifetimes.refresh
        grant = await self._database.write(lambda work: IdentityService(work).refresh(token, lifetime), SYSTEM)
        if grant is None:
            raise RefreshTokenReused("Somebody used it before, so its session was ended.", hint="Sign in again.")
        return self._signed_in(grant)

    async def logout(self, token: str) -> None:
        """End the session of a token or a cookie; also one that has ended, or that its user can do nothing with."""
        session_id = await self._believer.session_id_of(token)
        if session_id is not None:
            await self._database.write(lambda work: SessionService(work).end(session_id), SYSTEM)

    async def authenticate(self, token: str, workspace: str | None) -> Actor:
        """Return who a token stands for, in the workspace that was named or the user's first.

        Who was found before is not looked up again, unless an event tells that this may have changed.
        """
        return await self._believer.authenticate(token, workspace)

    async def person(self, token: str, workspace: str | None) -> Actor:
        """Return who a token stands for; unless a workspace was named, also if they are a member of none."""
        if workspace is not None or token[:4] in self._believer.readers:
            return await self._believer.authenticate(token, workspace)
        return await self._believer.person(token)

    async def own(self, token: str, workspace: str | None) -> Actor:
        """Return who a token stands for, as a member if they are one: what is theirs is theirs without a workspace."""
        try:
            return await self.authenticate(token, workspace)
        except NotAMember:
            return await self.person(token, workspace)

    async def again(self, session_id: UUID, workspace: str | None) -> Actor:
        """Return who acts in a session now, for doors that stay open."""
        return await self._believer.again(session_id, workspace)

    async def authenticate_token(self, token: str, workspace: str | None) -> Actor:
        """The same, but never by a cookie."""
        if token.startswith(COOKIE_PREFIX):
            raise BadToken(hint="Sign in again to get a new one.")
        return await self.authenticate(token, workspace)

    async def authenticate_cookie(self, cookie: str, workspace: str | None) -> Actor:
        """The same by the cookie of a browser, for doors that looked where the request comes from."""
        if not cookie.startswith(COOKIE_PREFIX):
            raise SessionEnded(hint="Sign in again.")
        return await self._believer.authenticate(cookie, workspace)

    async def _begin(self, user_id: UUID, opening: Opening) -> Grant:
        """Begin a session; now and then, old ones are swept out."""
        grant = await self._database.write(lambda work: IdentityService(work).open_session(user_id, opening), SYSTEM)
        now = self._database.clock.now()
        if now - self._swept > _SWEPT_EVERY:
            self._swept = now
            await self._database.write(lambda work: SessionService(work).sweep(), SYSTEM)
        return grant

    def _signed_in(self, grant: Grant) -> SignedIn:
        self._believer.saw(grant.session_id)
        token, expires = self._tokens.issue({"sub": str(grant.user.id), "sid": str(grant.session_id)})
        seconds = round((expires - self._database.clock.now()).total_seconds())
        return SignedIn(
            access_token=token,
            refresh_token=grant.refresh_token,
            expires_in=seconds,
            user=grant.user,
            workspace=grant.workspace,
        )
