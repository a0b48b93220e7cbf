"""What a session begins with: how and from where somebody signed in, and how long that may last."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from docchain.features.identity.sessions.devices import device_of
from docchain.platform.provenance import Caller
from docchain.platform.settings import SecuritySettings


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

    @classmethod
    def by(cls, method: str, caller: Caller, lifetimes: Lifetimes, cookie: str | None = None) -> Self:
        return cls(method, device_of(caller.program), caller.address[:64], lifetimes, cookie)
