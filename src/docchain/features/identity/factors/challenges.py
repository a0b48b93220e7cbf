"""Challenges: signed, short-lived, each for one purpose; asking for one writes nothing, answering one spends it."""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from docchain.features.identity.errors import ChallengeExpired

_MAC: Final = 16
_RANDOM: Final = 16
_TIME: Final = 8
_PURPOSE: Final = b"docchain challenge"


class Challenges:
    def __init__(self, secret_key: str, lifetime: timedelta) -> None:
        self._key = hmac.digest(secret_key.encode(), _PURPOSE, "sha256")
        self._lifetime = lifetime

    def issue(self, purpose: str, subject: bytes, now: datetime) -> bytes:
        """A challenge for one purpose of one subject: a user, or nobody yet."""
        expires = int((now + self._lifetime).timestamp())
        plain = expires.to_bytes(_TIME, "big") + secrets.token_bytes(_RANDOM)
        return plain + self._mac(plain, purpose, subject)

    def expiry(self, challenge: bytes, purpose: str, subject: bytes, now: datetime) -> datetime:
        """Until when a challenge is good.

        Raises:
            ChallengeExpired: it is not ours, for something else, or too old.
        """
        plain, mac = challenge[:-_MAC], challenge[-_MAC:]
        if len(plain) != _TIME + _RANDOM or not hmac.compare_digest(mac, self._mac(plain, purpose, subject)):
            raise ChallengeExpired("It has expired, or was answered before.", hint="Begin again.")
        expires = datetime.fromtimestamp(int.from_bytes(plain[:_TIME], "big"), UTC)
        if expires <= now:
            raise ChallengeExpired("It has expired, or was answered before.", hint="Begin again.")
        return expires

    def _mac(self, plain: bytes, purpose: str, subject: bytes) -> bytes:
        return hmac.digest(self._key, plain + purpose.encode() + b"\0" + subject, "sha256")[:_MAC]


def digest(challenge: bytes) -> str:
    """What is kept of a challenge that was answered."""
    return sha256(challenge).hexdigest()
