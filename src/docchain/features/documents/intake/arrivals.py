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


@dataclass(frozen=True, slots=True)
class Received:
    """What is stored and was found good, and is nobody's document yet."""

    arrival: Arrival
    stored: Stored
    seen_type: str
