"""The vault: seals values with the keys of workspaces, and opens them for an attempt that uses them, nobody else."""

import asyncio
from typing import Final
from uuid import UUID

import structlog

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import StepContext, StepError
from docchain.features.secrets import domain
from docchain.features.secrets.errors import SecretNotFor, SecretNotFound, SecretUnreadable, VaultWithoutKey
from docchain.features.secrets.repository import SecretRepository
from docchain.features.secrets.service import Sealed
from docchain.features.secrets.tables import SecretRow
from docchain.features.secrets.uses import User, Uses
from docchain.platform.database import Database
from docchain.platform.errors import Refusal
from docchain.platform.settings import Settings
from docchain.platform.storage.ciphers import Changed
from docchain.platform.storage.keyring import Keyring
from docchain.platform.work import SYSTEM, Actor

log = structlog.get_logger(__name__)
_BATCH: Final = 100
_LONGEST_PAUSE: Final = 600.0


class Vault:
    """What doors find at `services.vault`, and steps behind `context.secret`.

    Args:
        settings: how many, and how often uses are written.
        database: where sealed values are.
        keyring: the keys of workspaces, the same that stored content is sealed with.
    """

    def __init__(self, settings: Settings, database: Database, keyring: Keyring | None) -> None:
        self.most = settings.vault.secrets_max
        self._in_production = settings.security.profile == "production"
        self._database = database
        self._keyring = keyring
        self.uses = Uses(database, settings.vault.secret_uses_seconds)

    async def seal(self, workspace: UUID, name: str, value: str) -> Sealed:
        key = await self._keys().present(workspace)
        sealed = domain.seal(key, workspace, name, value)
        return Sealed(key.number, sealed, domain.fingerprint(key, value.encode()))

    async def digest(self, workspace: UUID, content: bytes) -> bytes:
        """Stands for a request that has a secret in it, where requests are compared later."""
        return domain.fingerprint(await self._keys().present(workspace), content).encode()

    async def mark(self, workspace: UUID, content: bytes) -> str:
        """Stands for content among others of the workspace."""
        return domain.mark(await self._keys().present(workspace), content)

    async def seal_content(self, workspace: UUID, about: str, content: bytes) -> tuple[int, bytes]:
        """The number of the key, and the content readable with it."""
        key = await self._keys().present(workspace)
        return key.number, domain.seal_content(key, workspace, about, content)

    async def unseal_content(self, workspace: UUID, about: str, key_number: int, sealed: bytes) -> bytes | None:
        """What was sealed; None where it, or its key, is damaged."""
        try:
            key = await self._keys().numbered(workspace, key_number)
            return domain.unseal_content(key, workspace, about, sealed)
        except (Changed, ValueError, Refusal):
            return None

    async def open(self, name: str, host: str, user: User) -> str:
        """The value of a secret of the user's workspace; that it was used is written down first.

        Raises:
            SecretNotFound: there is none of this name.
            SecretNotFor: it must not be sent to this host.
            SecretUnreadable: it, or its key, is damaged.
        """
        actor = Actor(None, user.actor or "system", user.workspace)
        row = await self._database.read(lambda work: SecretRepository(work.session).named(name), actor)
        if row is None:
            hint = "Ask an administrator to set it: POST /security/secrets, or `docchain secrets set`."
            raise SecretNotFound(f"The workspace has no secret {name[:100]!r}.", hint=hint)
        if not domain.may_go_to(row.hosts, host):
            raise SecretNotFor(f"The secret {name} is for {', '.join(row.hosts)} only, not for {host or 'this use'}.")
        await self.uses.note(row.id, name, user)
        return await self._unseal(row, user.workspace)

    async def for_step(self, context: StepContext, name: str, host: str) -> str:
        """What steps reach as `context.secret`."""
        user = User(
            context.workspace_id, f"step {context.step_id.partition('[')[0]}", context.actor, str(context.run_id)
        )
        try:
            return await self.open(name, host, user)
        except (SecretNotFound, SecretNotFor) as refusal:
            raise StepError(refusal.detail, FailureClass.DENIED, hint=refusal.hint) from None
        except Refusal as refusal:
            raise StepError(refusal.detail, FailureClass.UNAVAILABLE, hint=refusal.hint) from None

    async def run(self) -> None:
        """Write uses, and seal under the present keys whatever is sealed under earlier ones."""
        pause = self.uses.every
        try:
            while True:
                await asyncio.sleep(pause)
                try:
                    await self.uses.flush()
                    await self.reseal()
                    pause = self.uses.every
                except Exception:
                    pause = min(pause * 2, _LONGEST_PAUSE)
                    log.exception("vault_round_failed", retry_in=pause)
        finally:
            await self.uses.flush()

    async def rotate(self) -> tuple[int, int]:
        """New keys for all workspaces that have secrets, wrapped under the present master key; how many, and secrets.

        Earlier keys stay: what is sealed under them, by this process or another one, stays readable.
        """
        keyring = self._keys()
        await keyring.master_changed()
        workspaces = await self._database.read(lambda work: SecretRepository(work.session).workspaces(), SYSTEM)
        for workspace in workspaces:
            await keyring.rewrap(workspace)
            await keyring.rotate(workspace)
        return len(workspaces), await self.reseal()

    async def reseal(self) -> int:
        """Seal under the present keys; how many secrets were under earlier ones."""
        workspaces = await self._database.read(lambda work: SecretRepository(work.session).workspaces(), SYSTEM)
        return sum([await self._reseal(workspace) for workspace in workspaces])

    async def _reseal(self, workspace: UUID) -> int:
        key, actor, done = await self._keys().present(workspace), Actor(None, "system", workspace), 0
        while rows := await self._database.read(
            lambda work: SecretRepository(work.session).outdated(key.number, _BATCH), actor
        ):
            fresh = [
                (row.id, row.revision, domain.seal(key, workspace, row.name, await self._unseal(row, workspace)))
                for row in rows
            ]
            await self._database.write(
                lambda work, fresh=fresh: SecretRepository(work.session).reseal(key.number, fresh),  # type: ignore[misc]
                actor,
            )
            done += len(fresh)
        return done

    async def _unseal(self, row: SecretRow, workspace: UUID) -> str:
        key = await self._keys().numbered(workspace, row.key_number)
        try:
            return domain.unseal(key, workspace, row.name, row.sealed)
        except (Changed, ValueError):
            hint = "Set it again: PUT /security/secrets/…, or restore the database from a backup."
            raise SecretUnreadable(f"The secret {row.name} was changed in the database.", hint=hint) from None

    def _keys(self) -> Keyring:
        keyring = self._keyring
        made = keyring.masters.generated if keyring is not None else None
        if keyring is None or (self._in_production and made is not None and not made.exists()):
            raise VaultWithoutKey
        return keyring
