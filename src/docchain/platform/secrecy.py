"""What counts as a secret: names whose values never reach a log line or an event."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MASK = "***"
_NESTED = (dict, list, tuple)
_SECRET = re.compile(
    r"(?:^|[_\-.])(?:passwords?|passwd|secrets?|token|api[_-]?key|secret[_-]?key|private[_-]?key|authorization|cookie)$",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(
    r"""(?ix)
    (://[^/\s:@]*:)[^/\s@]+(?=@)                                     # the password of an address
    | (\b(?:bearer|basic)\s+)[\w\-.~+/=]{8,}                          # credentials of a header
    | ((?:^|[^a-z0-9])(?:passw(?:or)?d|secret|token|api[_-]?key|authorization|signature)
       ["']?\s*[=:]\s*["']?(?:(?:bearer|basic)\s+)?)[^\s"'&,;}]+      # name=value
    """
)


@lru_cache(4_096)
def is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def masked(value: Any) -> Any:
    """Return `value` with everything under a secret name replaced."""
    if isinstance(value, Mapping):
        return {key: MASK if is_secret(str(key)) else masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def masked_text(text: str) -> str:
    """Return a text for people without what looks like credentials: in addresses, headers, and `token=…`."""
    return _IN_TEXT.sub(lambda found: f"{found[1] or found[2] or found[3]}{MASK}", text)


@lru_cache(4_096)
def _secret_among(names: tuple[Any, ...]) -> bool:
    """Objects of one shape are many: their names are looked at once."""
    return any(is_secret(str(name)) for name in names)


def secret_path(value: Any, path: str = "") -> str | None:
    """Return where `value` holds something under a secret name, or `None`."""
    if isinstance(value, dict):
        hides = _secret_among(tuple(value))
        for key, item in value.items():
            if hides and is_secret(str(key)):
                return f"{path}.{key}" if path else str(key)
            if isinstance(item, _NESTED):
                found = secret_path(item, f"{path}.{key}" if path else str(key))
                if found:
                    return found
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            found = secret_path(item, f"{path}[{index}]")
            if found:
                return found
    return None
