"""Challenges: what somebody holds whose password was right, until the second factor is; good while that password is."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from docchain.features.identity.errors import ChallengeExpired
from docchain.platform.clock import Clock
from docchain.platform.errors import Unauthenticated
from docchain.platform.tokens import Tokens

_PURPOSE: Final = b"docchain second factor"


@dataclass(frozen=True, slots=True)
class Challenged:
    """Whose password was right, and a mark of it."""

    user_id: UUID
    mark: str


class Challenges:
    """Makes and reads them: signed with a key of their own, for a few minutes."""

    def __init__(self, secret: str, lifetime: timedelta, clock: Clock) -> None:
        self._tokens = Tokens(secret, lifetime, clock, _PURPOSE)
        self._key = secret.encode()

    def issue(self, user_id: UUID, password_hash: str) -> str:
        return self._tokens.issue({"sub": str(user_id), "pwd": self._mark(password_hash)})[0]

    def read(self, challenge: str) -> Challenged:
        try:
            claims = self._tokens.read(challenge)
            return Challenged(UUID(claims["sub"]), str(claims["pwd"]))
        except (Unauthenticated, KeyError, ValueError, AttributeError):
            raise ChallengeExpired(hint="Sign in with the password again.") from None

    def check(self, challenged: Challenged, password_hash: str) -> UUID:
        """Whose password was right, if it still is theirs."""
        if not hmac.compare_digest(challenged.mark, self._mark(password_hash)):
            raise ChallengeExpired(hint="Sign in with the password again.")
        return challenged.user_id

    def _mark(self, password_hash: str) -> str:
        return hmac.digest(self._key, _PURPOSE + password_hash.encode(), "sha256").hex()
