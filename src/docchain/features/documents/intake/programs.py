"""Programs, known by content or by the ending that systems run them by; its one rule: wherever they hide."""

from collections.abc import Collection
from pathlib import PurePath

from docchain.features.documents.intake import signatures as kinds
from docchain.features.documents.intake.findings import Bounds, Suspicious


def runs_by_name(name: str, endings: Collection[str]) -> bool:
    """Whether a system would run it; some ignore blanks and dots at the end of a name."""
    return PurePath(name.lower().rstrip(" .")).suffix in endings


def refuse_program(name: str, media_type: str, bounds: Bounds) -> None:
    """Refuse what is in an archive or a message."""
    if not bounds.runnable and (media_type == kinds.PROGRAM or runs_by_name(name, bounds.programs)):
        told = f"{name[:80]} in it" if name else "What is in it"
        raise Suspicious("program", f"{told} is a program; programs are not taken.")
