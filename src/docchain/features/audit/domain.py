"""What an audit entry is: an event in canonical JSON with a digest, and how it ended; no input or output here."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

INSTALLATION: Final = UUID(int=0)
"""The chain of entries that belong to no workspace."""
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_REFUSED: Final = ("refused", "denied", "reused", "limited")
_FAILED: Final = ("failed", "not_started", "damage_found", "timed_out")


def canonical(stored: Sequence[Any]) -> bytes:
    """One entry without its position: names sorted, no spaces, UTF-8; ids are 32 hexadecimal digits, moments UTC.

    Args:
        stored: what `sealed_columns` selects, as text: a log has millions of them, and each is read once to be sealed.
    """
    _, id_, workspace, type_, kind, subject, actor, at, data, request, context = stored
    return _ENCODER.encode(
        {
            "id": id_,
            "workspace": workspace or None,
            "type": type_,
            "subject_kind": kind,
            "subject": subject or None,
            "actor": actor,
            "at": at,
            "data": parsed(data),
            "request": request,
            "context": parsed(context),
        }
    )


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def parsed(text: str | None) -> Any:
    """A stored value; one that is no JSON any more was tampered with, and is taken as it stands."""
    if text is None:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {"unreadable": text}


def digest(entry: bytes) -> bytes:
    return sha256(entry).digest()


def chain_of(workspace: str) -> UUID:
    """The chain of a workspace, by its id as it is stored; none has that of the installation."""
    return UUID(workspace) if workspace else INSTALLATION


def outcome_of(type_: str) -> str:
    """`refused`, `failed` or `done`, by the last words of an entry's type."""
    if type_.endswith(_REFUSED):
        return "refused"
    return "failed" if type_.endswith(_FAILED) else "done"


def endings_of(outcome: str) -> tuple[str, ...]:
    """The last words of types with an outcome; none for `done`, which is the rest."""
    return {"refused": _REFUSED, "failed": _FAILED}.get(outcome, ())
