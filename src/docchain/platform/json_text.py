"""JSON from outside, checked whole before anything reads it: only what every reader understands the same way passes."""

import json
import re
from itertools import accumulate
from typing import Any, Final

import msgspec

from docchain.platform.errors import FieldFault

_DEPTH: Final = dict.fromkeys(b"[{", 1) | dict.fromkeys(b"]}", -1)
_OTHERS: Final = bytes(byte for byte in range(256) if byte not in _DEPTH)
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_NESTED: Final = (dict, list)


class BadJson(ValueError):
    """Says what is wrong with a text, and where."""

    def __init__(self, message: str, *faults: FieldFault) -> None:
        super().__init__(message)
        self.faults = list(faults)


def check_json(text: bytes, max_nesting: int, name: str) -> None:
    """Check a text, which messages call by a name.

    Raises:
        BadJson: it is nested too deeply, no JSON, or such that readers disagree about it or cannot keep it.
    """
    if depth_exceeds(text, max_nesting):
        raise BadJson(f"The JSON is nested deeper than {max_nesting} levels; flatten it.")
    try:
        text.decode()
        read = msgspec.json.decode(text)
    except UnicodeDecodeError as error:
        raise BadJson(f"The {name} is no text in UTF-8: byte {error.start} is wrong.") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadJson(f"The {name} is no valid JSON: {error}.") from None
    if _NUL.search(text):
        raise BadJson(f"A text in the {name} holds a NUL character; remove it.")
    if _without_strings(text).count(b":") != _count_keys(read):
        key = _repeated_key(text)
        fault = FieldFault(key, "is given more than once; which one counts?", "repeated_key")
        raise BadJson(f"The key {key!r} comes twice in one object; remove one.", fault)


def depth_exceeds(text: bytes, limit: int) -> bool:
    """Tell whether JSON is nested deeper than `limit`; brackets within strings count only if there are many."""
    if text.count(b"[") + text.count(b"{") <= limit:
        return False
    return _deepest(text) > limit and _deepest(_without_strings(text)) > limit


def _count_keys(read: Any) -> int:
    """How many keys there are in all objects of a JSON value; fewer than were written if some were the same."""
    count, waiting = 0, [read]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            count += len(value)
            waiting.extend(item for item in value.values() if isinstance(item, _NESTED))
        elif isinstance(value, list):
            waiting.extend(item for item in value if isinstance(item, _NESTED))
    return count


def _repeated_key(body: bytes) -> str:
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                found.append(name)
            seen.add(name)

    json.loads(body, object_pairs_hook=note)
    return found[0][:100]


def _deepest(text: bytes) -> int:
    return max(accumulate(map(_DEPTH.__getitem__, text.translate(None, _OTHERS))), default=0)


def _without_strings(text: bytes) -> bytes:
    outside = text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    return b"".join(outside)
