"""What goes with documents that are purged: features above say here what they keep of them."""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from docchain.platform.work import Work

Forget = Callable[[Work, Sequence[UUID]], None]
_FORGET: Final[dict[str, Forget]] = {}


def goes_with_documents(what: str, forget: Forget) -> None:
    """Have `forget` called in every transaction that purges documents, with their ids."""
    _FORGET[what] = forget


def forget_with(work: Work, ids: Sequence[UUID]) -> None:
    for forget in _FORGET.values():
        forget(work, ids)
