"""A rehearsal: a transaction is carried out to see what it would do, and all of it is taken back."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NoReturn, TypeVar

from docchain.platform.work import Work

T = TypeVar("T")


class _TakenBack(Exception):
    """Rolls the transaction back."""


async def rehearse(write: Callable[[Callable[[Work], NoReturn]], Awaitable[object]], act: Callable[[Work], T]) -> T:
    """What `act` returns, with nothing done.

    Args:
        write: runs a transaction, as `door.write` does.
        act: what would be done.
    """
    told: list[T] = []

    def taken_back(work: Work) -> NoReturn:
        told.append(act(work))
        raise _TakenBack

    with suppress(_TakenBack):
        await write(taken_back)
    return told[-1]  # a transaction may be begun again
