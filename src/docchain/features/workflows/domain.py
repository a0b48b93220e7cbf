"""Rules of workflows: which status may follow which, and what a missing name, description or tag becomes."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

DRAFT: Final = "draft"
ACTIVE: Final = "active"
PAUSED: Final = "paused"
ARCHIVED: Final = "archived"

TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    DRAFT: (ACTIVE, ARCHIVED),
    ACTIVE: (PAUSED, ARCHIVED),
    PAUSED: (ACTIVE, ARCHIVED),
    ARCHIVED: (DRAFT,),
}
EXECUTABLE: Final = (DRAFT, ACTIVE)

AsRead = int | frozenset[str] | None
"""The revision that somebody read, or the ETags of several; `None`: whichever it is now."""

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
MAX_NAME: Final = 64


def has_passed(read: AsRead, revision: int) -> bool:
    """Whether what somebody read is no longer so."""
    if read is None:
        return False
    return read != revision if isinstance(read, int) else f'"{revision}"' not in read


def slug(text: str) -> str:
    """A name that definitions accept: `Factura nº 5` becomes `factura_no_5`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = _NOT_IN_NAMES.sub("_", plain).strip("_") or "workflow"
    return (made if made[0].isalpha() else f"workflow_{made}")[:MAX_NAME].rstrip("_")


def proposed_name(titles: Sequence[str], number: int) -> str:
    """From the first and the last thing a workflow does."""
    if not titles:
        return f"Untitled workflow {number}"
    return titles[0] if len(titles) == 1 else f"{titles[0]} → {titles[-1]}"


def proposed_description(kinds: Sequence[str]) -> str:
    if not kinds:
        return "No steps yet."
    return f"{len(kinds)} step{'s' if len(kinds) > 1 else ''}: {' → '.join(kinds)}."


def proposed_tags(kinds: Sequence[str]) -> list[str]:
    """What the steps are about: the part of their kinds before the dot."""
    return sorted({kind.partition(".")[0] for kind in kinds})
