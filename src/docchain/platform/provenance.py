"""Where a change comes from: what the door knows of its caller, told with every event that the change appends."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

_LONGEST: Final = 64
_LONGEST_PROGRAM: Final = 512


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of who calls: the door, the address, the program's name and its digest, the id of the request."""

    door: str
    address: str = ""
    agent: str = ""
    request_id: str | None = None
    program: str = ""
    """As it names itself; not told with events."""

    def told(self) -> dict[str, Any]:
        known = {"door": self.door, "address": self.address[:_LONGEST], "agent": self.agent}
        return {name: value for name, value in known.items() if value}


CALLER: Final[ContextVar[Callable[[], Caller] | None]] = ContextVar("docchain_caller", default=None)
"""Set by a door; called only when something changes, for most requests only read."""


def present_caller() -> Caller:
    """Who calls in this context."""
    caller = CALLER.get()
    return caller() if caller else Caller("")


def caller_of(scope: Mapping[str, Any], request_id: str) -> Caller:
    """The caller of a request over HTTP."""
    client = scope.get("client") or ("",)
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    digest = sha256(agent).hexdigest()[:16] if agent else ""
    return Caller("api", str(client[0]), digest, request_id, agent.decode("latin-1")[:_LONGEST_PROGRAM])
