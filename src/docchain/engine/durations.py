"""Durations as people write them: `500ms`, `90s`, `2m`, `1h30m`, `3d`, `2w`, `1y`; whole microseconds inside."""

import re
from typing import Final

_UNITS: Final = {
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
    "y": 31_536_000_000_000,
}
_PART: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d|w|y)", re.ASCII)
MAX_DURATION: Final = 3_660 * _UNITS["d"]
DURATION_SCHEMA: Final = {
    "pattern": r"^ *([0-9]{1,9}(\.[0-9]{1,6})? *(ms|s|m|h|d|w|y) *)+$",
    "minimum": 0,
    "maximum": MAX_DURATION / _UNITS["s"],
}
"""What JSON Schema can say of them."""


def parse_duration(text: str | float) -> int:
    """Microseconds of `text`; a bare number counts seconds.

    Raises:
        ValueError: for anything that is no duration, negative, or beyond ten years.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        total = int(text * _UNITS["s"])
    else:
        compact = str(text).replace(" ", "")
        if not compact or _PART.sub("", compact):
            raise ValueError(f"{text!r} is no duration; write it like 500ms, 90s, 2m, 1h30m or 3d")
        total = sum(round(float(number) * _UNITS[unit]) for number, unit in _PART.findall(compact))
    if not 0 <= total <= MAX_DURATION:
        raise ValueError(f"{text!r} is out of range; durations reach from 0 to ten years")
    return total
