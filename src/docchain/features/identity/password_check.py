"""The check of a username and a password: as slow for nobody as for somebody, and slower for who guesses."""

from uuid import UUID

from docchain.features.identity import domain
from docchain.features.identity.errors import WrongCredentials
from docchain.features.identity.schemas import Login
from docchain.features.identity.service import IdentityService
from docchain.features.identity.sessions.repository import SessionRepository
from docchain.features.identity.sessions.service import KNOWN_FOR
from docchain.features.identity.throttle import Bounds, Throttle
from docchain.platform.database import Database
from docchain.platform.passwords import Passwords, PasswordsBusy
from docchain.platform.settings import SecuritySettings
from docchain.platform.work import SYSTEM


class PasswordCheck:
    """Says whose a password is."""

    def __init__(self, database: Database, passwords: Passwords, settings: SecuritySettings) -> None:
        self._database = database
        self._passwords = passwords
        self.throttle = Throttle(Bounds.of(settings), database.clock)

    async def user_of(self, login: Login, address: str) -> tuple[UUID, str]:
        """Whose username and password these are, and the hash that the password was compared with.

        Raises:
            WrongCredentials: nobody's.
            TooManyAttempts: too many guesses came before.
        """
        name = domain.username_key(login.username)
        known = self.throttle.strangers_wait(name, address) and await self._came_before(name, address)
        self.throttle.check(name, address, known=known)
        user_id, hashed = await self._database.read(
            lambda work: IdentityService(work).password_hash(login.username), SYSTEM
        )
        attempt = _Attempt(self.throttle, name, address, user_id, known=known)
        await self._passwords.verify(login.password.get_secret_value(), hashed, attempt)
        if user_id is None or not attempt.right:
            raise WrongCredentials(login.username)
        return user_id, await self._renewed(user_id, login.password.get_secret_value(), hashed)

    async def belongs(self, username: str, password: str) -> bool:
        """Whether a password is a user's; for whoever runs the installation: nobody's guesses are counted."""
        user_id, hashed = await self._database.read(lambda work: IdentityService(work).password_hash(username), SYSTEM)
        return user_id is not None and await self._passwords.verify(password, hashed)

    async def _renewed(self, user_id: UUID, password: str, hashed: str) -> str:
        """The hash that is kept from now on: verifying an old one takes another time, which would tell whose it is."""
        if not self._passwords.outdated(hashed):
            return hashed
        try:
            new = await self._passwords.hash(password)
        except PasswordsBusy:
            return hashed  # the next sign-in renews it
        renewed = await self._database.write(
            lambda work: IdentityService(work).renew_hash(user_id, hashed, new), SYSTEM
        )
        return new if renewed else hashed

    async def _came_before(self, name: str, address: str) -> bool:
        return await self._database.read(
            lambda work: SessionRepository(work.session).was_at(name, address, work.now - KNOWN_FOR), SYSTEM
        )


class _Attempt:
    """One guess; it is counted before the next one begins, so that guesses at the same moment win nothing."""

    def __init__(self, throttle: Throttle, name: str, address: str, user_id: UUID | None, *, known: bool) -> None:
        self._throttle = throttle
        self._key = (name, address)
        self._exists = user_id is not None
        self._known = known
        self.right = False

    def begin(self) -> None:
        self._throttle.check(*self._key, known=self._known)

    def end(self, *, right: bool) -> None:
        self.right = right and self._exists
        if self.right:
            self._throttle.succeeded(*self._key)
        else:
            self._throttle.failed(*self._key)
