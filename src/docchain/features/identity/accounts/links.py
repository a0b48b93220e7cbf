"""One-time links: random, good once and for a while; only a hash of each is kept."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from docchain.features.identity.accounts.errors import LinkInvalid
from docchain.features.identity.accounts.repository import LinkRepository
from docchain.features.identity.accounts.tables import OneTimeLinkRow
from docchain.platform.ids import new_id
from docchain.platform.work import Work

Purpose = Literal["reset", "email"]
_BYTES: Final = 32
_KEPT: Final = timedelta(days=1)
"""How long used and expired ones count among those that were sent."""


def token_digest(token: str) -> str:
    """What is kept of a token; it is random, so a fast hash is safe."""
    return sha256(token.encode()).hexdigest()


def new_token(prefix: str) -> str:
    return prefix + secrets.token_urlsafe(_BYTES)


class OneTimeLinks:
    """Takes a work of the system."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = LinkRepository(work.session)

    def issue(self, purpose: Purpose, user_id: UUID | None, lasts: timedelta, email: str | None = None) -> str:
        """Make a token; that of nobody is never good, but made as others are."""
        now, token = self._work.now, new_token(f"dc{purpose[0]}_")
        self._rows.forget_before(now - _KEPT)
        row = OneTimeLinkRow(
            id=new_id(),
            purpose=purpose,
            user_id=user_id,
            email=email,
            token_hash=token_digest(token),
            created_at=now,
            expires_at=now + lasts,
            used_at=None,
        )
        self._rows.add(row)
        return token

    def issued(self, purpose: Purpose, user_id: UUID | None, within: timedelta) -> int:
        return self._rows.made_since(purpose, user_id, self._work.now - within)

    def owner(self, purpose: Purpose, token: str) -> UUID:
        """Whose link it is.

        Raises:
            LinkInvalid: it cannot be used.
        """
        user_id = self._rows.usable(purpose, token_digest(token), self._work.now)
        if user_id is None:
            raise LinkInvalid
        return user_id

    def use(self, purpose: Purpose, token: str) -> OneTimeLinkRow:
        """Use a link up, and with it all others of the user.

        Raises:
            LinkInvalid: it cannot be used.
        """
        row = self._rows.use(purpose, token_digest(token), self._work.now)
        if row is None or row.user_id is None:
            raise LinkInvalid
        self.spend(row.user_id)
        return row

    def spend(self, user_id: UUID) -> None:
        """All links of the user are over, of every purpose: who may open them may have changed."""
        self._rows.spend(user_id, self._work.now)
