"""Slows down guessing of codes: after some failures in a row a user waits longer and longer, in every process."""

from datetime import timedelta
from math import ceil
from typing import Final
from uuid import UUID

from docchain.features.identity.errors import TooManyAttempts
from docchain.features.identity.factors.repository import FactorRepository
from docchain.platform.work import Work

_FIRST_WAIT: Final = 15
_LONGEST_WAIT: Final = 15 * 60
_DOUBLINGS: Final = 10


class Attempts:
    """Only whoever knows the password, or is signed in, comes here; so no stranger can lock out somebody else.

    Args:
        work: the transaction that a proof is checked in.
        user_id: whose proof it is; another one for the same user waits until this work has ended.
        free: how many failures in a row cost nothing.

    Raises:
        TooManyAttempts: the user has to wait.
    """

    def __init__(self, work: Work, user_id: UUID, free: int) -> None:
        self._work = work
        self._rows = FactorRepository(work.session)
        self._user_id = user_id
        self._free = free
        self._failures, until = self._rows.lock_attempts(user_id, work.now)
        if until > work.now:
            raise TooManyAttempts(ceil((until - work.now).total_seconds()))

    def failed(self, method: str) -> None:
        failures = self._failures + 1
        over = failures - self._free
        wait = min(_FIRST_WAIT * 2 ** min(over, _DOUBLINGS), _LONGEST_WAIT) if over >= 0 else 0
        self._rows.note_attempts(self._user_id, failures, self._work.now + timedelta(seconds=wait))
        self._work.emit("security.proof_failed", "user", self._user_id, {"method": method, "failures": failures})

    def succeeded(self) -> None:
        self._rows.forget_attempts(self._user_id)
