"""Proofs of who somebody is: what a user may send, whether it is right, and how long that is believed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from docchain.features.identity.authorization.rights import Rights
from docchain.features.identity.errors import SessionEnded
from docchain.features.identity.factors.attempts import Attempts
from docchain.features.identity.factors.authenticator_service import AuthenticatorService
from docchain.features.identity.factors.ceremony import RelyingParty
from docchain.features.identity.factors.challenges import Challenges
from docchain.features.identity.factors.errors import NoWayToProve, SessionNeeded, StepUpRequired, WrongProof
from docchain.features.identity.factors.passkeys import PasskeyDoor, shown
from docchain.features.identity.factors.repository import FactorRepository
from docchain.features.identity.factors.schemas import (
    Authenticator,
    CodeProof,
    FactorList,
    PasskeyProof,
    PasswordProof,
    RecoveryProof,
    Verified,
)
from docchain.features.identity.factors.sealing import Sealing
from docchain.features.identity.repository import IdentityRepository
from docchain.features.identity.sessions.opening import ELSEWHERE
from docchain.features.identity.sessions.service import SessionService
from docchain.features.identity.sign_in import SignIn
from docchain.platform.database import Database
from docchain.platform.passwords import Passwords
from docchain.platform.reach import EVERYWHERE
from docchain.platform.settings import Settings
from docchain.platform.work import SYSTEM, Actor, Work

Proof = CodeProof | RecoveryProof | PasskeyProof | PasswordProof
_ADMINISTERS: Final = frozenset({"admin", "installation:admin"})
PASSWORD: Final = "password"  # noqa: S105 - the name of a method


class Factors:
    """Everything about second factors; doors find it at `services.factors`."""

    def __init__(self, database: Database, passwords: Passwords, settings: Settings) -> None:
        self._database = database
        self._passwords = passwords
        self._free = settings.factors.proof_failures
        self._lasts = timedelta(minutes=settings.factors.step_up_minutes)
        self.sealing = Sealing(settings.storage)
        self.settings = settings.factors
        minutes = timedelta(minutes=settings.security.challenge_minutes)
        challenges = Challenges(settings.security.secret_key.get_secret_value(), minutes)
        party = RelyingParty.of(settings.server, settings.factors)
        self.passkeys = PasskeyDoor(database, party, challenges, self.sealing)

    @classmethod
    async def open(cls, database: Database, passwords: Passwords, settings: Settings, sign_in: SignIn) -> Self:
        """Let every sign-in ask for them; after a change of the master key, seal what there is under the new one."""
        made = cls(database, passwords, settings)
        if await database.read(made._outdated, SYSTEM):
            await database.write(lambda work: AuthenticatorService(work, made.sealing).reseal(), SYSTEM)
        sign_in.second_factors.append(made)
        sign_in.demands(made.confined)
        return made

    async def methods(self, user_id: UUID) -> Sequence[str]:
        """The second ways of a user; none if a password is all they have."""
        return await self._database.read(lambda work: _second_ways(FactorRepository(work.session), user_id), SYSTEM)

    async def ways(self, actor: Actor) -> list[str]:
        """How a user who is signed in can prove it is still them; `oidc`: by signing in at their provider again."""
        return list(await self.methods(user_of(actor))) or [
            ELSEWHERE if actor.method.startswith(ELSEWHERE) else PASSWORD
        ]

    def confined(self, work: Work, actor: Actor) -> Actor:
        """Who has to set up a second factor, and has none, may nothing before."""
        if not self._demanded(work, actor) or _second_ways(FactorRepository(work.session), user_of(actor)):
            return actor
        return replace(actor, roles=frozenset(), permissions=frozenset(), reach=EVERYWHERE, to_enrol=True)

    async def of(self, actor: Actor) -> FactorList:
        user_id, ways = user_of(actor), await self.ways(actor)

        def read(work: Work) -> FactorList:
            rows = FactorRepository(work.session)
            app = rows.authenticator(user_id)
            confirmed = app.confirmed_at if app else None
            return FactorList(
                totp=Authenticator(confirmed_at=confirmed) if confirmed else None,
                passkeys=[shown(row) for row in rows.passkeys(user_id)],
                recovery_codes_left=rows.recovery_codes_left(user_id),
                methods=ways,
                needed=actor.to_enrol,
            )

        return await self._database.read(read, actor)

    async def prove(self, actor: Actor, proof: Proof, ways: Sequence[str]) -> str:
        """Check a proof by one of these ways; return which it was.

        Raises:
            WrongProof: it is wrong, or was used before.
            TooManyAttempts: too many were, before.
        """
        user_id = user_of(actor)
        if proof.method not in ways:
            raise NoWayToProve(list(ways))
        if isinstance(proof, PasskeyProof):
            await self.passkeys.note(await self.passkeys.proved(user_id, proof.credential), actor)
            return proof.method
        if isinstance(proof, PasswordProof):
            return await self._by_password(actor, user_id, proof.password.get_secret_value())
        if not await self._database.write(lambda work: self._by_code(work, user_id, proof), actor):
            raise WrongProof
        return proof.method

    async def confirm(self, actor: Actor, code: str) -> list[str]:
        """Turn an authenticator app on with its first code; the recovery codes."""
        user_id = user_of(actor)

        def check(work: Work) -> list[str] | None:
            attempts = Attempts(work, user_id, self._free)
            codes = self._codes(work).confirm(user_id, code)
            attempts.succeeded() if codes else attempts.failed("totp")
            return codes

        codes = await self._database.write(check, actor)
        if codes is None:
            raise WrongProof
        return codes

    async def step_up(self, actor: Actor, proof: Proof) -> Verified:
        """Believe for a while that it is still them."""
        session_id = actor.session_id
        if session_id is None:
            raise SessionNeeded
        method = await self.prove(actor, proof, await self.ways(actor))

        def verified(work: Work) -> datetime:
            SessionService(work).verified(session_id, method)
            return work.now

        at = await self._database.write(verified, actor)
        return Verified(method=method, until=at + self._lasts)

    async def require_fresh(self, actor: Actor) -> None:
        """Refuse who has not proved who they are for a while."""
        if actor.verified_at is not None and actor.verified_at + self._lasts > self._database.clock.now():
            return
        if actor.session_id is None:
            raise SessionNeeded
        raise StepUpRequired(await self.ways(actor))

    async def actor_of(self, user_id: UUID) -> Actor:
        """A user who is about to sign in, where they will act first."""
        return await self._database.read(lambda work: _actor_of(work, user_id), SYSTEM)

    def _demanded(self, work: Work, actor: Actor) -> bool:
        """Those who come from a provider prove it there; who acts in no workspace is what they are in any."""
        if self.settings.second_factor == "optional" or actor.method.startswith(ELSEWHERE):
            return False
        if self.settings.second_factor == "everybody" or not actor.permissions.isdisjoint(_ADMINISTERS):
            return True
        return actor.workspace_id is None and _administers_some(work, user_of(actor))

    async def _by_password(self, actor: Actor, user_id: UUID, password: str) -> str:
        def begin(work: Work) -> str:
            Attempts(work, user_id, self._free)
            user = IdentityRepository(work.session).user(user_id)
            return user.password_hash if user else ""

        hashed = await self._database.write(begin, actor)
        right = await self._passwords.verify(password, hashed)

        def note(work: Work) -> None:
            attempts = Attempts(work, user_id, self._free)
            attempts.succeeded() if right else attempts.failed(PASSWORD)

        await self._database.write(note, actor)
        if not right:
            raise WrongProof("The password is wrong.", hint="Try again, or reset it.")
        return PASSWORD

    def _by_code(self, work: Work, user_id: UUID, proof: CodeProof | RecoveryProof) -> bool:
        attempts, service = Attempts(work, user_id, self._free), self._codes(work)
        check = service.right if isinstance(proof, CodeProof) else service.use_recovery_code
        if check(user_id, proof.code):
            attempts.succeeded()
            return True
        attempts.failed(proof.method)
        return False

    def _codes(self, work: Work) -> AuthenticatorService:
        return AuthenticatorService(work, self.sealing, self.settings.totp_neighbours)

    def _outdated(self, work: Work) -> bool:
        rows = FactorRepository(work.session).authenticators()
        return any(self.sealing.outdated(row.sealed) for row in rows)


def user_of(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise SessionNeeded
    return actor.user_id


def _second_ways(rows: FactorRepository, user_id: UUID) -> list[str]:
    app = rows.authenticator(user_id)
    ways = ["passkey"] if rows.passkeys(user_id) else []
    ways += ["totp"] if app is not None and app.confirmed_at is not None else []
    return [*ways, "recovery_code"] if ways and rows.recovery_codes_left(user_id) else ways


def _administers_some(work: Work, user_id: UUID) -> bool:
    places = IdentityRepository(work.session).memberships(user_id)
    found = (Rights(work).of_role(workspace.id, role) for workspace, role in places)
    return any(rights is not None and not rights.permissions.isdisjoint(_ADMINISTERS) for rights in found)


def _actor_of(work: Work, user_id: UUID) -> Actor:
    rows = IdentityRepository(work.session)
    user, places = rows.user(user_id), rows.memberships(user_id)
    if user is None or user.disabled:
        raise SessionEnded(hint="Sign in again.")
    return Actor(user.id, user.username, places[0][0].id if places else None)
