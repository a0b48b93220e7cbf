"""What a child process does to compare texts: two parsed documents in, a unified diff out, with bounds on both."""

from collections import Counter
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final

from docchain.features.documents.parsing.parts import pages_in, text_in

_MOST_LINES: Final = 50_000
_LONGEST: Final = 2_000


def compare(old: str, new: str, most: int) -> dict[str, Any]:
    """Compare the texts of two encoded parsed documents; `most` lines of the difference are told."""
    before, after = (text_in(Path(path).read_bytes()) for path in (old, new))
    found: list[str] = []
    added = removed = 0
    for line in list(unified_diff(_lines(before), _lines(after), lineterm="", n=2))[2:]:
        added += line.startswith("+")
        removed += line.startswith("-")
        if len(found) < most:
            found.append(line[:_LONGEST])
    told = {"added": added, "removed": removed, "lines": found}
    words = [Counter(text.split()) for text in (before, after)]
    return {
        "text": told | {"cut": len(found) == most, "similarity": _alike(*words)},
        "old_pages": pages_in(Path(old).read_bytes()),
        "new_pages": pages_in(Path(new).read_bytes()),
    }


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()[:_MOST_LINES]]


def _alike(old: "Counter[str]", new: "Counter[str]") -> float:
    total = old.total() + new.total()
    return 1.0 if total == 0 else round(2 * (old & new).total() / total, 4)
