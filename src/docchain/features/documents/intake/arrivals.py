"""What arrives: where it came from, and what was found out about it before it is kept."""

from dataclasses import dataclass
from uuid import UUID

from docchain.platform.blobs import Stored


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that wants in.

    Args:
        source: the way it comes.
        key: tells it from all others of that way; what comes twice with one key is one thing.
        name: what it is called.
        declared: what is said to be its type.
        origin: where it was, for people; never with secrets.
        source_id: the source of the workspace that it comes from.
        parent_id: the entry that it came with.
    """

    source: str
    key: str
    name: str
    declared: str | None = None
    origin: str = ""
    source_id: UUID | None = None
    parent_id: UUID | None = None

    def __post_init__(self) -> None:
        for name in ("key", "name", "origin"):
            object.__setattr__(self, name, readable(getattr(self, name)))


def readable(text: str) -> str:
    """Names of files need not be UTF-8; those of old scanners are read as what they most likely are."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return (
            text.encode("utf-8", "surrogateescape").decode("cp1252", "replace") if _escaped(text) else _replaced(text)
        )
    return text


def _escaped(text: str) -> bool:
    """Whether all that is no text stands for a byte."""
    return all(not "\ud800" <= mark <= "\udfff" or "\udc80" <= mark <= "\udcff" for mark in text)


def _replaced(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class Received:
    """What is stored and was found good, and is nobody's document yet."""

    arrival: Arrival
    stored: Stored
    seen_type: str
