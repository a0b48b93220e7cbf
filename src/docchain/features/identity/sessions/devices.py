"""Names of devices: what a program says of itself, made short for people; never more than letters they can read."""

import re
from functools import lru_cache
from typing import Final

UNKNOWN: Final = "Unknown device"
_LONGEST: Final = 60
_UNREADABLE: Final = re.compile(r"[^\w .,:;/()+\-]", re.ASCII)
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@lru_cache(1_024)
def device_of(program: str) -> str:
    """A short name such as `Firefox on Linux`; the program's own name if it is no browser we know."""
    browser = next((name for mark, name in _BROWSERS if mark in program), "")
    system = next((name for mark, name in _SYSTEMS if mark in program), "")
    if browser:
        return f"{browser} on {system}" if system else browser
    named = _UNREADABLE.sub("", program.split(" ", maxsplit=1)[0])[:_LONGEST]
    return named or UNKNOWN
