"""What may be wrong with a file: a stable reason, and words for who sent it."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024

REASONS: Final = (
    "type_not_allowed",
    "type_mismatch",
    "program",
    "polyglot",
    "encrypted",
    "macros",
    "archive_bomb",
    "archive_depth",
    "archive_names",
    "archive_opaque",
    "archive_damaged",
    "xml_entities",
    "xml_depth",
    "too_many_pages",
    "too_large",
    "quota",
    "empty",
    "malware",
    "unscanned",
    "unchecked",
)


class Suspicious(Exception):
    """A file that stays out. Crosses from the child as its code and its text."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Bounds:
    """What looking into one file may cost, and what is accepted within it."""

    expanded: int = 512 * MIB
    member: int = 128 * MIB
    entries: int = 10_000
    ratio: int = 200
    depth: int = 3
    pages: int = 10_000
    nesting: int = 512
    macros: bool = False
    encrypted: bool = False
    programs: tuple[str, ...] = ()
    """Endings of names that systems run."""
    runnable: bool = False
    """Whether programs are taken."""
