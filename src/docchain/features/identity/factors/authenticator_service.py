"""A user's authenticator app and recovery codes, in one transaction; takes a work of the system."""

from uuid import UUID

from docchain.features.identity.factors import one_time_codes, recovery_codes
from docchain.features.identity.factors.errors import AuthenticatorActive, NoAuthenticator, NoSecondFactor
from docchain.features.identity.factors.repository import FactorRepository
from docchain.features.identity.factors.sealing import Sealing
from docchain.features.identity.factors.tables import AuthenticatorRow
from docchain.platform.work import Work

_NEVER = 0


class AuthenticatorService:
    """Codes of `neighbours` periods before and after the present one count, too."""

    def __init__(self, work: Work, sealing: Sealing, neighbours: int = 0) -> None:
        self._work = work
        self._rows = FactorRepository(work.session)
        self._sealing = sealing
        self._neighbours = neighbours

    def begin(self, user_id: UUID) -> bytes:
        """Make a secret; one that was begun and not confirmed is replaced."""
        row = self._rows.authenticator(user_id)
        if row is not None:
            if row.confirmed_at is not None:
                raise AuthenticatorActive
            self._rows.remove(row)
        secret = one_time_codes.new_secret()
        self._rows.add(
            AuthenticatorRow(
                user_id=user_id,
                sealed=self._sealing.seal(secret, user_id.bytes),
                last_step=_NEVER,
                created_at=self._work.now,
                confirmed_at=None,
            )
        )
        return secret

    def confirm(self, user_id: UUID, code: str) -> list[str] | None:
        """Turn it on with a first code; the recovery codes, or nothing if the code is wrong."""
        row = self._rows.authenticator(user_id)
        if row is None:
            raise NoAuthenticator
        if row.confirmed_at is not None:
            raise AuthenticatorActive
        if not self._spend(row, code):
            return None
        row.confirmed_at = self._work.now
        self._work.emit("security.factor_added", "user", user_id, {"method": "totp"})
        return self.renew_recovery_codes(user_id)

    def right(self, user_id: UUID, code: str) -> bool:
        """Whether a code is right; it is not again."""
        row = self._rows.authenticator(user_id)
        return row is not None and row.confirmed_at is not None and self._spend(row, code)

    def remove(self, user_id: UUID) -> None:
        """The recovery codes go with it, unless passkeys still stand for the user."""
        row = self._rows.authenticator(user_id)
        if row is None or row.confirmed_at is None:
            raise NoAuthenticator
        self._rows.remove(row)
        if not self._rows.passkeys(user_id):
            self._rows.replace_recovery_codes(user_id, [])
        self._work.emit("security.factor_removed", "user", user_id, {"method": "totp"})

    def renewed(self, user_id: UUID) -> list[str]:
        """New recovery codes for somebody who has a second factor."""
        row = self._rows.authenticator(user_id)
        if (row is None or row.confirmed_at is None) and not self._rows.passkeys(user_id):
            raise NoSecondFactor
        return self.renew_recovery_codes(user_id)

    def renew_recovery_codes(self, user_id: UUID) -> list[str]:
        """New codes; the earlier ones stop working."""
        codes = recovery_codes.new_codes()
        self._rows.replace_recovery_codes(user_id, [recovery_codes.digest(user_id, code) for code in codes])
        self._work.emit("security.recovery_codes_made", "user", user_id, {"count": len(codes)})
        return codes

    def use_recovery_code(self, user_id: UUID, code: str) -> bool:
        if not self._rows.use_recovery_code(user_id, recovery_codes.digest(user_id, code), self._work.now):
            return False
        left = self._rows.recovery_codes_left(user_id)
        self._work.emit("security.recovery_code_used", "user", user_id, {"left": left})
        return True

    def reseal(self) -> int:
        """Seal under the present master key what is sealed under an earlier one; how many were."""
        outdated = [row for row in self._rows.authenticators() if self._sealing.outdated(row.sealed)]
        for row in outdated:
            row.sealed = self._sealing.seal(self._sealing.open(row.sealed, row.user_id.bytes), row.user_id.bytes)
        return len(outdated)

    def _spend(self, row: AuthenticatorRow, code: str) -> bool:
        secret = self._sealing.open(row.sealed, row.user_id.bytes)
        step = one_time_codes.matching_step(secret, code, (self._work.now, self._neighbours), row.last_step)
        return step is not None and self._rows.use_step(row.user_id, step)
