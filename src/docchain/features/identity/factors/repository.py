"""Statements on what users prove themselves by; each runs as the system."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from docchain.features.identity.factors.tables import (
    AuthenticatorRow,
    PasskeyRow,
    ProofAttemptRow,
    RecoveryCodeRow,
    SpentChallengeRow,
)
from docchain.platform.upserts import upsert


class FactorRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: AuthenticatorRow | PasskeyRow) -> None:
        self._session.add(row)
        self._session.flush()

    def authenticator(self, user_id: UUID) -> AuthenticatorRow | None:
        return self._session.get(AuthenticatorRow, user_id)

    def authenticators(self) -> Sequence[AuthenticatorRow]:
        return self._session.scalars(select(AuthenticatorRow)).all()

    def remove(self, row: AuthenticatorRow | PasskeyRow) -> None:
        self._session.delete(row)
        self._session.flush()

    def remove_all(self, user_id: UUID) -> None:
        for table in (AuthenticatorRow, PasskeyRow, RecoveryCodeRow, ProofAttemptRow):
            self._session.execute(delete(table).where(table.user_id == user_id))

    def use_step(self, user_id: UUID, step: int) -> bool:
        """Spend a code; only one caller ever gets `True` for it."""
        spent = (
            update(AuthenticatorRow)
            .where(AuthenticatorRow.user_id == user_id, AuthenticatorRow.last_step < step)
            .values(last_step=step)
            .returning(AuthenticatorRow.user_id)
        )
        return self._session.execute(spent).first() is not None

    def replace_recovery_codes(self, user_id: UUID, hashes: Iterable[str]) -> None:
        self._session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
        self._session.add_all([RecoveryCodeRow(user_id=user_id, code_hash=code, used_at=None) for code in hashes])
        self._session.flush()

    def recovery_codes_left(self, user_id: UUID) -> int:
        unused = (RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.used_at.is_(None))
        return self._session.scalar(select(func.count()).select_from(RecoveryCodeRow).where(*unused)) or 0

    def use_recovery_code(self, user_id: UUID, code_hash: str, now: datetime) -> bool:
        code = (RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.code_hash == code_hash)
        spent = update(RecoveryCodeRow).where(*code, RecoveryCodeRow.used_at.is_(None)).values(used_at=now)
        return self._session.execute(spent.returning(RecoveryCodeRow.user_id)).first() is not None

    def passkeys(self, user_id: UUID) -> Sequence[PasskeyRow]:
        """The oldest first."""
        return self._session.scalars(
            select(PasskeyRow).where(PasskeyRow.user_id == user_id).order_by(PasskeyRow.id)
        ).all()

    def passkey(self, user_id: UUID, passkey_id: UUID) -> PasskeyRow | None:
        row = self._session.get(PasskeyRow, passkey_id)
        return row if row is not None and row.user_id == user_id else None

    def passkey_of(self, credential_id: bytes) -> PasskeyRow | None:
        return self._session.scalar(select(PasskeyRow).where(PasskeyRow.credential_id == credential_id))

    def count_up(self, passkey_id: UUID, sign_count: int, now: datetime) -> bool:
        """Note a use of a passkey; a counter that does not grow is refused, unless it never counts."""
        counts = (PasskeyRow.sign_count < sign_count) | ((PasskeyRow.sign_count == 0) & (sign_count == 0))
        used = update(PasskeyRow).where(PasskeyRow.id == passkey_id, counts).values(sign_count=sign_count, used_at=now)
        return self._session.execute(used.returning(PasskeyRow.id)).first() is not None

    def lock_attempts(self, user_id: UUID, now: datetime) -> tuple[int, datetime]:
        """How often in a row a user failed, and until when they wait; others who try for them wait for this work."""
        first = upsert(self._session, ProofAttemptRow).values(user_id=user_id, failures=0, until=now)
        kept = first.on_conflict_do_update(
            index_elements=[ProofAttemptRow.user_id], set_={"failures": ProofAttemptRow.failures}
        )
        row = self._session.execute(kept.returning(ProofAttemptRow.failures, ProofAttemptRow.until)).one()
        return row[0], row[1]

    def note_attempts(self, user_id: UUID, failures: int, until: datetime) -> None:
        noted = update(ProofAttemptRow).where(ProofAttemptRow.user_id == user_id)
        self._session.execute(noted.values(failures=failures, until=until))

    def forget_attempts(self, user_id: UUID) -> None:
        self._session.execute(delete(ProofAttemptRow).where(ProofAttemptRow.user_id == user_id))

    def spend(self, digest: str, expires_at: datetime, now: datetime) -> bool:
        """Spend a challenge; `False` if it was spent before. Those that have expired anyway are dropped."""
        self._session.execute(delete(SpentChallengeRow).where(SpentChallengeRow.expires_at <= now))
        spent = upsert(self._session, SpentChallengeRow).values(digest=digest, expires_at=expires_at)
        done = spent.on_conflict_do_nothing().returning(SpentChallengeRow.digest)
        return self._session.execute(done).first() is not None
