"""Accounts as doors meet them: what is slow, such as hashing and judging passwords, happens between transactions."""

import asyncio
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from docchain.features.identity.accounts.errors import NeedsSession, NoMail, WrongPassword
from docchain.features.identity.accounts.schemas import Account, EmailChange, PasswordChange, PasswordReset, Profile
from docchain.features.identity.accounts.service import AccountService, House
from docchain.features.identity.accounts.strength import require_strong
from docchain.features.identity.errors import NoSuchUser, WrongCredentials
from docchain.features.identity.password_check import PasswordCheck
from docchain.features.identity.schemas import Login
from docchain.features.identity.service import IdentityService
from docchain.platform.database import Database
from docchain.platform.outbox import Postbox
from docchain.platform.passwords import Passwords
from docchain.platform.settings import Settings
from docchain.platform.work import SYSTEM, Actor, Work

_ASK: str = "Ask an administrator for a link; they make it with `docchain user reset-link`."


class Accounts:
    """What doors find at `services.accounts`.

    Args:
        database: where accounts are.
        passwords: hashes them.
        check: says whether a present password is right, and slows down who guesses.
        settings: what the operator asks for.
    """

    def __init__(self, database: Database, passwords: Passwords, check: PasswordCheck, settings: Settings) -> None:
        self._database = database
        self._passwords = passwords
        self._check = check
        self.postbox = Postbox(settings.mail, settings.security.secret_key.get_secret_value())
        self.house = House(settings.accounts, self.postbox, settings.server.url)

    async def show(self, actor: Actor) -> Account:
        user_id = _own(actor)
        return await self._database.read(lambda work: AccountService(work, self.house).show(user_id), SYSTEM)

    async def describe(self, actor: Actor, profile: Profile) -> Account:
        user_id = _own(actor)
        return await self._database.write(
            lambda work: AccountService(work, self.house).describe(user_id, profile), as_system(actor)
        )

    async def change_password(self, actor: Actor, wanted: PasswordChange, address: str) -> None:
        """Change one's own password; all other sessions end.

        Raises:
            WrongPassword: the present one is another.
            WeakPassword: the new one is too easy to guess.
        """
        user_id = _own(actor)
        await self._prove(actor, wanted.current_password.get_secret_value(), address)
        hashed = await self._hashed(user_id, wanted.new_password.get_secret_value())
        await self._database.write(
            lambda work: AccountService(work, self.house).set_password(user_id, hashed, actor.session_id),
            as_system(actor),
        )

    async def ask_reset(self, email: str) -> None:
        """Mail a link to whoever has this address; nobody learns whether anybody has.

        Raises:
            NoMail: this server sends none.
        """
        self._require_mail(_ASK)
        await self._database.write(lambda work: AccountService(work, self.house).ask_reset(email), SYSTEM)

    async def reset(self, wanted: PasswordReset) -> None:
        """Set a password by a link; a weak one leaves the link as it is.

        Raises:
            LinkInvalid: it cannot be used.
            WeakPassword: the new one is too easy to guess.
        """
        token = wanted.token.get_secret_value()
        user_id = await self._database.read(lambda work: AccountService(work, self.house).reset_owner(token), SYSTEM)
        hashed = await self._hashed(user_id, wanted.new_password.get_secret_value())
        await self._database.write(lambda work: AccountService(work, self.house).reset(token, hashed), SYSTEM)

    async def ask_email(self, actor: Actor, wanted: EmailChange, address: str) -> None:
        """Mail a link to a new address.

        Raises:
            WrongPassword: the present password is another.
            EmailTaken: somebody else has confirmed it.
            NoMail: this server sends none.
        """
        user_id = _own(actor)
        self._require_mail("Ask an administrator to set the address.")
        await self._prove(actor, wanted.password.get_secret_value(), address)
        await self._database.write(
            lambda work: AccountService(work, self.house).ask_email(user_id, wanted.email), as_system(actor)
        )

    async def confirm_email(self, token: str) -> Account:
        """Take the address that a link was mailed to.

        Raises:
            LinkInvalid: it cannot be used.
        """
        return await self._database.write(lambda work: AccountService(work, self.house).confirm_email(token), SYSTEM)

    async def mail_reset(self, user_id: UUID, actor: Actor) -> None:
        """Mail a link to set a password, on the order of an administrator.

        Raises:
            NoMail: this server sends none.
        """
        self._require_mail("Make a link with `docchain user reset-link` and hand it over.")
        await self._database.write(lambda work: AccountService(work, self.house).mail_reset(user_id), as_system(actor))

    async def reset_link(self, username: str) -> str:
        """A link to set a password, for whoever holds the data to hand over.

        Raises:
            NoSuchUser: nobody is called so.
        """

        def make(work: Work) -> str:
            user_id = IdentityService(work).ids_of([username]).get(username)
            if user_id is None:
                raise NoSuchUser(username)
            return AccountService(work, self.house).reset_link(user_id)

        return await self._database.write(make, SYSTEM)

    async def require_strong(self, password: str, own: Iterable[str], path: str = "password") -> None:
        """Refuse a password that is too easy to guess; judged beside the event loop.

        Raises:
            WeakPassword: with every reason.
        """
        await asyncio.to_thread(partial(require_strong, password, self.house.settings, list(own), path))

    async def hashed(self, password: str, own: Iterable[str]) -> str:
        """The hash of a password that somebody is given.

        Raises:
            WeakPassword: it is too easy to guess.
        """
        await self.require_strong(password, own)
        return await self._passwords.hash(password)

    async def _hashed(self, user_id: UUID, password: str) -> str:
        words = await self._database.read(lambda work: AccountService(work, self.house).words(user_id), SYSTEM)
        await self.require_strong(password, words, "new_password")
        return await self._passwords.hash(password)

    async def _prove(self, actor: Actor, password: str, address: str) -> None:
        login = Login.model_validate({"username": actor.name, "password": password})
        try:
            await self._check.user_of(login, address)
        except WrongCredentials:
            raise WrongPassword(hint="Check it and try again, or reset it.") from None

    def _require_mail(self, hint: str) -> None:
        if not self.postbox.is_open:
            raise NoMail(hint)


def as_system(actor: Actor) -> Actor:
    """The same person, who acts on the installation: users belong to no workspace."""
    return Actor(actor.user_id, actor.name, None, session_id=actor.session_id)


def _own(actor: Actor) -> UUID:
    """A key that somebody stole changes nobody's account."""
    if actor.user_id is None or actor.session_id is None:
        raise NeedsSession(hint="Sign in with a password or a passkey; API keys cannot do this.")
    return actor.user_id
