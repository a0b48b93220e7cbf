"""Challenges: what somebody holds whose password was right, until the second factor is; good for nothing else."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from docchain.features.identity.errors import ChallengeExpired
from docchain.platform.clock import Clock
from docchain.platform.errors import Unauthenticated
from docchain.platform.tokens import Tokens

_PURPOSE: Final = b"docchain second factor"


class Challenges:
    """Makes and reads them: signed with a key of their own, for a few minutes."""

    def __init__(self, secret: str, lifetime: timedelta, clock: Clock) -> None:
        self._tokens = Tokens(secret, lifetime, clock, _PURPOSE)

    def issue(self, user_id: UUID) -> str:
        return self._tokens.issue({"sub": str(user_id)})[0]

    def read(self, challenge: str) -> UUID:
        """Whose password was right."""
        try:
            return UUID(self._tokens.read(challenge)["sub"])
        except (Unauthenticated, KeyError, ValueError, AttributeError):
            raise ChallengeExpired(hint="Sign in with the password again.") from None
