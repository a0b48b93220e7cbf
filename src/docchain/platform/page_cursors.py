"""Cursors of lists: where a page ended and for which list; another list, order, filter or workspace refuses them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from json import dumps, loads
from math import isfinite
from typing import Any, Final
from uuid import UUID

from docchain.platform.errors import FieldFault, Invalid

LONGEST_CURSOR: Final = 4_000
NOT_OURS: Final = "This cursor belongs to another list, or to another sort order or other filters of this one."


class BadCursor(Invalid):
    code = "bad_cursor"
    title = "The cursor is not valid"
    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(
            message, errors=[FieldFault("query.cursor", message, self.code)], hint="Start again without a cursor."
        )


def bound(*told: object) -> str:
    """A short name of the one list that a cursor serves; people may read cursors, so it is no secret."""
    return blake2b("\n".join(map(str, told)).encode(errors="replace"), digest_size=9).hexdigest()


def encode(made_for: str, value: Any, last_id: UUID) -> str:
    kind = next(name for name, (type_, _) in _KINDS.items() if isinstance(value, type_))
    text = dumps([made_for, kind, value if kind in "nfs" else str(value), str(last_id)], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(made_for: str, cursor: str) -> tuple[Any, UUID]:
    try:
        list_, kind, value, last_id = loads(urlsafe_b64decode(cursor[:LONGEST_CURSOR] + "=" * (-len(cursor) % 4)))
        type_, read = _KINDS[kind]
        found = read(value), UUID(last_id)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise BadCursor("This is not a cursor that a list handed out.") from None
    if list_ != made_for or type(found[0]) is not type_:
        raise BadCursor(NOT_OURS)
    return found


def _number(value: Any) -> int:
    if type(value) is not int or not -_MOST <= value < _MOST:
        raise ValueError
    return value


def _fraction(value: Any) -> float:
    if not isfinite(found := float(value)):
        raise ValueError
    return found


def _text(value: Any) -> str:
    """As a database takes it: no NUL, no half of a character."""
    if type(value) is not str or "\0" in value:
        raise ValueError
    value.encode()
    return value


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError
    return found.astimezone(UTC)


_MOST: Final = 2**63
_KINDS: dict[str, tuple[type, Callable[[Any], Any]]] = {
    "n": (int, _number),
    "f": (float, _fraction),
    "s": (str, _text),
    "t": (datetime, _moment),
    "u": (UUID, UUID),
}
