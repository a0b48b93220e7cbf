"""Many references at once: ids, handles and numbers become ids with one question for each few hundred."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from docchain.platform.ids import parse_reference
from docchain.platform.work import Work

_CHUNK: Final = 400
_LONGEST_NUMBER: Final = 9


def ids_of(
    work: Work,
    row: Any,
    kind: str,
    references: Sequence[str],
    missing: Callable[[str], Exception],
    *conditions: ColumnElement[bool],
) -> list[UUID]:
    """The ids of rows that have an `id` and a `number`, in the order of the references.

    Args:
        work: of whoever asks.
        row: the mapped class.
        kind: of the handles.
        references: ids, handles or bare numbers.
        missing: makes the refusal of a reference that names nothing.
        conditions: what else must hold for a row to be found.

    Raises:
        missing: what `missing` makes of the first reference that names nothing.
    """
    keys = {reference: parse_reference(reference, kind, bare_number=True) for reference in references}
    known: dict[UUID | int, UUID] = {}
    for chunk in _chunks([key for key in keys.values() if key is not None]):
        ids = [key for key in chunk if isinstance(key, UUID)]
        numbers = [key for key in chunk if isinstance(key, int)]
        wanted = select(row.id, row.number).where(or_(row.id.in_(ids), row.number.in_(numbers)), *conditions)
        for id_, number in work.session.execute(wanted):
            known[id_] = known[number] = id_
    for reference, key in keys.items():
        if key not in known:
            raise missing(reference)
    return [known[key] for key in keys.values() if key is not None]


def begins_with(number: Any, digits: str) -> ColumnElement[bool]:
    """Whether a number is written with these digits first; told by ranges, which an index finds."""
    first = int(digits)
    places = range(_LONGEST_NUMBER - len(digits) + 1) if first else range(1)
    return or_(*(number.between(first * 10**place, (first + 1) * 10**place - 1) for place in places))


def named_like(
    work: Work, row: Any, kind: str, typed: str, most: int, *conditions: ColumnElement[bool], number: Any = None
) -> Sequence[Any]:
    """The newest rows whose handle begins with what was typed; `number` of the handle, where it is no column."""
    number = row.number if number is None else number
    prefix = f"{kind}_"
    digits = typed.removeprefix(prefix)
    if not (prefix.startswith(typed) or (typed.startswith(prefix) and digits.isdecimal() and digits.isascii())):
        return []
    wanted = select(row).where(*conditions).order_by(number.desc()).limit(most)
    if not prefix.startswith(typed):
        wanted = wanted.where(begins_with(number, digits[:_LONGEST_NUMBER]))
    return work.session.scalars(wanted).all()


def _chunks(keys: Sequence[UUID | int]) -> Iterator[Sequence[UUID | int]]:
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))
