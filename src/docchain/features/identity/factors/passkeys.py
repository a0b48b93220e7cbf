"""Passkeys: registered, and taken as proof; signatures are checked outside of any transaction, in a thread."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from docchain.features.identity.factors import ceremony
from docchain.features.identity.factors.authenticator_service import AuthenticatorService
from docchain.features.identity.factors.ceremony import RelyingParty
from docchain.features.identity.factors.challenges import Challenges, digest
from docchain.features.identity.factors.errors import PasskeyCopied, PasskeyRefused
from docchain.features.identity.factors.passkey_service import PasskeyService
from docchain.features.identity.factors.repository import FactorRepository
from docchain.features.identity.factors.schemas import Passkey, Passkeys
from docchain.features.identity.factors.sealing import Sealing
from docchain.features.identity.factors.tables import PasskeyRow
from docchain.platform.database import Database
from docchain.platform.work import SYSTEM, Actor, Work

Json = dict[str, Any]
REGISTER: Final = "register"
PROVE: Final = "prove"
SIGN_IN: Final = "sign in"
_NOBODY: Final = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """A passkey with a good signature: whose it is, and what has still to be written down."""

    passkey: PasskeyRow
    sign_count: int
    challenge: str
    expires_at: datetime


class PasskeyDoor:
    def __init__(self, database: Database, party: RelyingParty, challenges: Challenges, sealing: Sealing) -> None:
        self._database = database
        self._party = party
        self._challenges = challenges
        self._sealing = sealing

    async def creation(self, actor: Actor, user_id: UUID) -> Json:
        """What the browser needs to make one."""
        known = await self._known(user_id)
        challenge = self._challenges.issue(REGISTER, user_id.bytes, self._database.clock.now())
        return await asyncio.to_thread(
            ceremony.creation, self._party, (user_id, actor.name, actor.name), challenge, known
        )

    async def register(self, actor: Actor, user_id: UUID, named: tuple[str, Json], most: int) -> Passkeys:
        """Take the one that the browser made."""
        name, credential = named
        challenge = ceremony.challenge_in(credential)
        expires = self._challenges.expiry(challenge, REGISTER, user_id.bytes, self._database.clock.now())
        made = await asyncio.to_thread(ceremony.created, self._party, challenge, credential)

        def write(work: Work) -> Passkeys:
            service = PasskeyService(work)
            service.spend(digest(challenge), expires)
            row = service.add(user_id, name, made, most)
            return Passkeys(passkey=shown(row), recovery_codes=self._first_codes(work, user_id))

        return await self._database.write(write, actor)

    async def request(self, user_id: UUID | None) -> Json | None:
        """What the browser needs to use one: of a user, if they have any, or of whoever comes."""
        if user_id is None:
            challenge = self._challenges.issue(SIGN_IN, _NOBODY, self._database.clock.now())
            return await asyncio.to_thread(ceremony.request, self._party, challenge, [], verified=True)
        known = await self._known(user_id)
        if not known:
            return None
        challenge = self._challenges.issue(PROVE, user_id.bytes, self._database.clock.now())
        return await asyncio.to_thread(ceremony.request, self._party, challenge, known, verified=False)

    async def signed_in(self, credential: Json) -> tuple[UUID, Answered]:
        """Whom a passkey alone stands for."""
        answered = await self._checked(credential, SIGN_IN, None)
        return answered.passkey.user_id, answered

    async def proved(self, user_id: UUID, credential: Json) -> Answered:
        return await self._checked(credential, PROVE, user_id)

    async def note(self, answered: Answered, actor: Actor) -> None:
        """Spend the challenge and count the use."""

        def write(work: Work) -> bool:
            service = PasskeyService(work)
            service.spend(answered.challenge, answered.expires_at)
            return service.use(answered.passkey, answered.sign_count)

        if not await self._database.write(write, actor):
            raise PasskeyCopied(answered.passkey.name)

    async def _checked(self, credential: Json, purpose: str, user_id: UUID | None) -> Answered:
        challenge, credential_id = ceremony.challenge_in(credential), ceremony.credential_in(credential)
        subject = user_id.bytes if user_id else _NOBODY
        expires = self._challenges.expiry(challenge, purpose, subject, self._database.clock.now())
        found = await self._database.read(lambda work: PasskeyService(work).of_credential(credential_id), SYSTEM)
        if found is None or user_id not in (None, found.user_id) or not ceremony.names(credential, found.user_id):
            raise PasskeyRefused("This passkey is not registered here.", hint="Choose another one.")
        count = await asyncio.to_thread(
            ceremony.signed, self._party, challenge, credential, found.public_key, verified=user_id is None
        )
        return Answered(found, count, digest(challenge), expires)

    async def _known(self, user_id: UUID) -> list[bytes]:
        rows = await self._database.read(lambda work: PasskeyService(work).list(user_id), SYSTEM)
        return [row.credential_id for row in rows]

    def _first_codes(self, work: Work, user_id: UUID) -> list[str]:
        if FactorRepository(work.session).recovery_codes_left(user_id):
            return []
        return AuthenticatorService(work, self._sealing).renew_recovery_codes(user_id)


def shown(row: PasskeyRow) -> Passkey:
    return Passkey(id=row.id, name=row.name, synced=row.synced, created_at=row.created_at, used_at=row.used_at)
