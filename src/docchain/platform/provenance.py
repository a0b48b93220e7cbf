"""Where a change comes from: what the door knows of its caller, told with every event that the change appends."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of who calls: the door, the network address, a digest of the program's name, the request's id."""

    door: str
    address: str = ""
    agent: str = ""
    request_id: str | None = None

    def told(self) -> dict[str, Any]:
        known = {"door": self.door, "address": self.address[:_LONGEST], "agent": self.agent}
        return {name: value for name, value in known.items() if value}


CALLER: Final[ContextVar[Callable[[], Caller] | None]] = ContextVar("docchain_caller", default=None)
"""Set by a door; called only when something changes, for most requests only read."""


def caller_of(scope: Mapping[str, Any], request_id: str) -> Caller:
    """The caller of a request over HTTP."""
    client = scope.get("client") or ("",)
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    return Caller("api", str(client[0]), sha256(agent).hexdigest()[:16] if agent else "", request_id)
