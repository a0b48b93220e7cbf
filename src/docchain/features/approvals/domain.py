"""Who is asked for an approval; pure rules."""

from collections.abc import Iterable
from typing import Any, Final

from docchain.platform.work import Actor

ANYONE: Final = "anyone"
PENDING: Final = "pending"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"
EXPIRED: Final = "expired"
CANCELLED: Final = "cancelled"

KIND: Final = "approval"
"""Marks the request of a wait as an approval."""

ANSWER: Final = "answer"
"""The signal that carries an answer to the step."""


def assignees_of(given: Any) -> list[str]:
    """`ana` means `user:ana`; nobody named means anyone who may answer approvals."""
    names = [given] if isinstance(given, str) else list(given or ())
    return list(dict.fromkeys(name if ":" in name else f"user:{name}" for name in map(str, names))) or [ANYONE]


def is_asked(actor: Actor, assignees: Iterable[str]) -> bool:
    return not set(names_of(actor)).isdisjoint(assignees)


def names_of(actor: Actor) -> list[str]:
    """Every name under which an approval can be for this actor."""
    return [ANYONE, f"user:{actor.name}", *(f"role:{role}" for role in sorted(actor.roles))]
