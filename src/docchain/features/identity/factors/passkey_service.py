"""A user's passkeys, in one transaction; signatures were checked before. Takes a work of the system."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from docchain.features.identity.errors import ChallengeExpired
from docchain.features.identity.factors.ceremony import NewPasskey
from docchain.features.identity.factors.errors import NoSuchPasskey, PasskeyRefused, TooManyPasskeys
from docchain.features.identity.factors.repository import FactorRepository
from docchain.features.identity.factors.tables import PasskeyRow
from docchain.platform.ids import new_id
from docchain.platform.work import Work


class PasskeyService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = FactorRepository(work.session)

    def list(self, user_id: UUID) -> Sequence[PasskeyRow]:
        return self._rows.passkeys(user_id)

    def add(self, user_id: UUID, name: str, made: NewPasskey, most: int) -> PasskeyRow:
        if len(self._rows.passkeys(user_id)) >= most:
            raise TooManyPasskeys(most)
        if self._rows.passkey_of(made.credential_id) is not None:
            raise PasskeyRefused("This passkey is registered already.", hint="Sign in with it.")
        row = PasskeyRow(
            id=new_id(),
            user_id=user_id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            name=name,
            synced=made.synced,
            created_at=self._work.now,
            used_at=None,
        )
        self._rows.add(row)
        told = {"method": "passkey", "passkey": str(row.id), "name": name}
        self._work.emit("security.factor_added", "user", user_id, told)
        return row

    def rename(self, user_id: UUID, passkey_id: UUID, name: str) -> PasskeyRow:
        row = self._own(user_id, passkey_id)
        row.name = name
        told = {"method": "passkey", "passkey": str(row.id), "name": name}
        self._work.emit("security.factor_renamed", "user", user_id, told)
        return row

    def remove(self, user_id: UUID, passkey_id: UUID) -> None:
        row = self._own(user_id, passkey_id)
        self._rows.remove(row)
        app = self._rows.authenticator(user_id)
        if (app is None or app.confirmed_at is None) and not self._rows.passkeys(user_id):
            self._rows.replace_recovery_codes(user_id, [])
        told = {"method": "passkey", "passkey": str(passkey_id), "name": row.name}
        self._work.emit("security.factor_removed", "user", user_id, told)

    def of_credential(self, credential_id: bytes) -> PasskeyRow | None:
        return self._rows.passkey_of(credential_id)

    def spend(self, digest: str, expires_at: datetime) -> None:
        """A challenge is answered once."""
        if not self._rows.spend(digest, expires_at, self._work.now):
            raise ChallengeExpired("It has expired, or was answered before.", hint="Begin again.")

    def use(self, passkey: PasskeyRow, sign_count: int) -> bool:
        """Note a use; a counter that went backwards is told to the audit, and refused."""
        if self._rows.count_up(passkey.id, sign_count, self._work.now):
            return True
        told = {"passkey": str(passkey.id), "name": passkey.name, "counted": sign_count, "before": passkey.sign_count}
        self._work.emit("security.passkey_copied", "user", passkey.user_id, told)
        return False

    def _own(self, user_id: UUID, passkey_id: UUID) -> PasskeyRow:
        row = self._rows.passkey(user_id, passkey_id)
        if row is None:
            raise NoSuchPasskey
        return row
