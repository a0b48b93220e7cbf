"""What a session begins with: how and from where somebody signed in, and how long that may last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from docchain.features.identity.sessions.devices import device_of
from docchain.platform.provenance import Caller
from docchain.platform.settings import SecuritySettings

ELSEWHERE: Final = "oidc"
"""How the method of whoever a provider vouches for begins."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lasts at most, without use in a browser, and without a refresh elsewhere."""

    absolute: timedelta
    idle: timedelta
    refresh: timedelta

    @classmethod
    def of(cls, settings: SecuritySettings) -> Self:
        return cls(
            timedelta(days=settings.session_days),
            timedelta(minutes=settings.session_idle_minutes),
            timedelta(days=settings.refresh_token_days),
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """How somebody signed in, and the digest of the cookie that stands for the session, if it is a browser's."""

    method: str
    device: str
    address: str
    lifetimes: Lifetimes
    cookie: str | None = None
    proved_at: datetime | None = None
    """When a provider asked who they are because we wanted that; a silent answer of it proves nothing."""

    @classmethod
    def by(cls, method: str, caller: Caller, lifetimes: Lifetimes, cookie: str | None = None) -> Self:
        return cls(method, device_of(caller.program), caller.address[:64], lifetimes, cookie)

    def verified_at(self, now: datetime) -> datetime | None:
        """When they last proved who they are: here just now, or elsewhere."""
        if not self.method.startswith(ELSEWHERE):
            return now
        return None if self.proved_at is None else min(self.proved_at, now)
