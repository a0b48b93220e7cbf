"""A registration that is sent again with its `Idempotency-Key` is whom it made; nothing secret is kept for that."""

from contextlib import suppress
from hashlib import blake2b, sha256
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from docchain.features.identity import domain
from docchain.features.identity.entering import ClaimInvitation
from docchain.features.identity.errors import InvitationNotValid, UsernameTaken
from docchain.features.identity.schemas import Registration
from docchain.features.identity.service import IdentityService
from docchain.platform.database import Database
from docchain.platform.idempotency import Asked, IdempotencyKeyReused, IdempotencyKeyRow
from docchain.platform.passwords import Passwords
from docchain.platform.work import SYSTEM, Work

_NOBODY: Final = "registration"
_RACES: Final = 5


class Registering:
    """Makes users, with a workspace of their own or invited to one; who registers is nobody yet, so all share keys."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self.claim: ClaimInvitation | None = None
        """Without it there are no invitations."""
        self._database = database
        self._passwords = passwords

    async def register(self, registration: Registration, asked: Asked | None) -> UUID | None:
        """Make a user; `None`: the same request made them before, and whoever sends it again proves to be them.

        Raises:
            UsernameTaken: somebody else has the name.
            IdempotencyKeyReused: the key came with another registration.
        """
        if await self._made_before(registration, asked):
            return None
        hashed = await self._passwords.hash(registration.password.get_secret_value())
        try:
            return await self._made(registration, hashed, asked)
        except UsernameTaken:  # by the same request, perhaps, at the same moment
            if await self._made_before(registration, asked):
                return None
            raise

    async def _made(self, registration: Registration, hashed: str, asked: Asked | None) -> UUID:
        def make(work: Work) -> UUID:
            return _make(work, registration, hashed, asked, self.claim)

        for _ in range(_RACES):
            with suppress(IntegrityError):  # somebody took the name, or the workspace's, at the same moment
                return await self._database.write(make, SYSTEM)
        return await self._database.write(make, SYSTEM)

    async def _made_before(self, registration: Registration, asked: Asked | None) -> bool:
        if asked is None:
            return False
        request = await self._database.read(lambda work: IdentityService(work).made_by(_key_of(asked)), SYSTEM)
        if request is not None and request != _digest(registration):
            raise IdempotencyKeyReused(hint="Make up a new key for every new request.")
        return request is not None


def _make(
    work: Work, registration: Registration, hashed: str, asked: Asked | None, claim: ClaimInvitation | None
) -> UUID:
    service = IdentityService(work)
    user_id = service.add_user(registration, hashed)
    if registration.invitation is None:
        workspace_id = service.add_workspace(domain.slug_of(registration.username), registration.username, user_id)
    elif claim is None:
        raise InvitationNotValid(hint="Ask who invited you for a new one.")
    else:
        workspace_id, role = claim(work, registration.invitation.get_secret_value())
        service.add_member(workspace_id, user_id, role)
    if asked is not None:
        row = IdempotencyKeyRow(
            id=_key_of(asked),
            workspace_id=workspace_id,
            actor=_NOBODY,
            key=asked.key,
            request=_digest(registration),
            answer={"user": str(user_id)},
            created_at=work.now,
        )
        work.session.add(row)
    return user_id


def _key_of(asked: Asked) -> UUID:
    return UUID(bytes=blake2b(f"{_NOBODY} {asked.key}".encode(), digest_size=16).digest())


def _digest(registration: Registration) -> str:
    """Without the password, of which only a slow hash may be kept."""
    return sha256(registration.model_dump_json(exclude={"password"}).encode()).hexdigest()
