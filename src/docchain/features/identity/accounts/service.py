"""Accounts in one transaction: what changes in one, with the mails that tell of it; takes a work of the system."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from docchain.features.identity.accounts.errors import EmailTaken, NeedsSession
from docchain.features.identity.accounts.letters import Reader, letter
from docchain.features.identity.accounts.links import OneTimeLinks
from docchain.features.identity.accounts.repository import AccountRepository
from docchain.features.identity.accounts.schemas import Account, Profile
from docchain.features.identity.tables import UserRow
from docchain.features.identity.user_repository import UserRepository
from docchain.platform.outbox import Postbox
from docchain.platform.settings_accounts import AccountSettings
from docchain.platform.work import Work

SUBJECT: Final = "user"
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class House:
    """What accounts need besides the transaction: settings, the postbox, and where links lead to."""

    settings: AccountSettings
    postbox: Postbox
    url: str

    def link(self, page: str, token: str) -> str:
        """The token stands behind `#`: no server, proxy or log on the way gets to see it."""
        return f"{self.url}/account/{page}#{token}"


class AccountService:
    def __init__(self, work: Work, house: House) -> None:
        self._work = work
        self._house = house
        self._rows = AccountRepository(work.session)
        self._links = OneTimeLinks(work)

    def show(self, user_id: UUID) -> Account:
        row = self._find(user_id)
        return Account(
            username=row.username,
            name=row.name,
            email=row.email,
            email_confirmed=row.email_verified_at is not None,
            language=row.language,
            installation_admin=row.installation_admin,
        )

    def words(self, user_id: UUID) -> list[str]:
        """What others would try first: the user's names and those of their workspaces."""
        row = self._find(user_id)
        return [row.username, row.name, row.email or "", *self._rows.places(user_id)]

    def describe(self, user_id: UUID, profile: Profile) -> Account:
        row = self._find(user_id)
        changed = profile.model_dump(exclude_none=True)
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            self._work.emit("user.changed", SUBJECT, row.id, {"fields": sorted(changed)})
        return self.show(user_id)

    def set_password(self, user_id: UUID, hashed: str, session_id: UUID | None = None) -> None:
        """Set a password; all sessions but this one end, and so do all links that were sent."""
        row = self._find(user_id)
        row.password_hash = hashed
        self._links.spend(user_id)
        self._work.emit("security.password_changed", SUBJECT, row.id, {"username": row.username})
        self._sign_out(row, session_id)
        self._tell(row, row.email, "password_changed")

    def ask_reset(self, email: str) -> None:
        """Mail a link to whoever has the address; for nobody the same is done, and nothing comes of it."""
        row = self._rows.by_email(email)
        user_id = row.id if row else None
        often = self._links.issued("reset", user_id, _HOUR) >= self._house.settings.reset_mails
        if row is None or often:
            row, user_id = None, None
        minutes = self._house.settings.reset_minutes
        link = self._house.link("reset", self._links.issue("reset", user_id, timedelta(minutes=minutes)))
        reader = _reader(row, row.email) if row else Reader()
        self._house.postbox.post(self._work, letter("reset", reader, link=link, minutes=minutes))
        self._work.emit("security.reset_asked", SUBJECT, user_id, {"known": user_id is not None})

    def reset_link(self, user_id: UUID) -> str:
        """A link for an administrator to hand over, or to be mailed."""
        row = self._find(user_id)
        token = self._links.issue("reset", row.id, timedelta(minutes=self._house.settings.reset_minutes))
        self._work.emit("security.reset_link_made", SUBJECT, row.id, {"username": row.username})
        return self._house.link("reset", token)

    def mail_reset(self, user_id: UUID) -> None:
        """Mail such a link, on the order of an administrator."""
        row, link = self._find(user_id), self.reset_link(user_id)
        self._tell(row, row.email, "reset", link=link, minutes=self._house.settings.reset_minutes)

    def reset_owner(self, token: str) -> UUID:
        return self._links.owner("reset", token)

    def reset(self, token: str, hashed: str) -> None:
        """Set the password by a link; all sessions end. Whoever got the mail has shown that the address is theirs."""
        user_id = self._links.use("reset", token).user_id
        assert user_id is not None  # noqa: S101 - only links of users are found
        self._work.emit("security.password_reset", SUBJECT, user_id)
        self.set_password(user_id, hashed)

    def ask_email(self, user_id: UUID, email: str) -> None:
        """Mail a link to the new address; nothing changes before it is opened."""
        row = self._find(user_id)
        if self._rows.confirmed_by_another(email, user_id):
            raise EmailTaken(hint="Give another address, or ask an administrator whose it is.")
        hours = self._house.settings.email_link_hours
        token = self._links.issue("email", row.id, timedelta(hours=hours), email)
        self._work.emit("security.email_change_asked", SUBJECT, row.id, {"username": row.username})
        self._tell(row, email, "email", link=self._house.link("email", token), hours=hours)

    def confirm_email(self, token: str) -> Account:
        """Take the address that the link was mailed to; the old one is told, and links sent there are over."""
        link = self._links.use("email", token)
        assert link.user_id is not None and link.email is not None  # noqa: S101, PT018 - made by `ask_email`
        row, old = self._find(link.user_id), None
        if self._rows.confirmed_by_another(link.email, row.id):
            raise EmailTaken(hint="Give another address, or ask an administrator whose it is.")
        if row.email and row.email.lower() != link.email.lower():
            old = row.email
        row.email, row.email_verified_at = link.email, self._work.now
        self._work.emit("security.email_changed", SUBJECT, row.id, {"username": row.username})
        if old:
            self._tell(row, old, "email_changed", email=link.email)
        return self.show(row.id)

    def _sign_out(self, row: UserRow, but: UUID | None) -> None:
        for session_id in UserRepository(self._work.session).end_sessions(row.id, self._work.now, but):
            self._work.emit("session.ended", "session", session_id)

    def _tell(self, row: UserRow, to: str | None, kind: str, **facts: object) -> None:
        if to:
            self._house.postbox.post(self._work, letter(kind, _reader(row, to), **facts))

    def _find(self, user_id: UUID) -> UserRow:
        row = self._rows.user(user_id)
        if row is None:
            raise NeedsSession(hint="Sign in again.")
        return row


def _reader(row: UserRow, to: str | None) -> Reader:
    return Reader(to or "", row.name, row.username, row.language)
