"""What other ways of signing in plug in: second factors, and readers of credentials that are no access tokens."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from uuid import UUID

from docchain.platform.work import Actor, Work

ReadCredential = Callable[[str, str | None], Awaitable[Actor]]
"""Who a bearer token stands for, in the workspace that was named; it keeps what it found by itself."""


ClaimInvitation = Callable[[Work, str], tuple[UUID, str]]
"""Uses up an invitation in a transaction of the system: the workspace that it is to, and the role there."""
CheckPassword = Callable[[str, Sequence[str]], Awaitable[None]]
"""Refuses a new password that is too weak, given the names of who wants it."""


Demand = Callable[[Work, Actor], Actor]
"""Who was found in a session, confined as long as they owe something."""


class SecondFactors(Protocol):
    """Asked after a right password."""

    async def methods(self, user_id: UUID) -> Sequence[str]:
        """The ways in which the user can prove it a second time, such as `totp`; none: the password is enough."""
        ...
