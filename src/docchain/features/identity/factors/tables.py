"""What users prove themselves by besides passwords; read by the system only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table

_USER = "user_account.id"


class AuthenticatorRow(Table):
    """The app that shows a user's one-time codes; without `confirmed_at` it is not asked yet."""

    __tablename__ = "authenticator"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[str]
    last_step: Mapped[int]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RecoveryCodeRow(Table):
    __tablename__ = "recovery_code"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class PasskeyRow(Table):
    __tablename__ = "passkey"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    synced: Mapped[bool]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ProofAttemptRow(Table):
    """How often in a row a user failed to prove themselves."""

    __tablename__ = "proof_attempt"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), primary_key=True)
    failures: Mapped[int]
    until: Mapped[datetime]


class SpentChallengeRow(Table):
    """Challenges that were answered, until they would have expired."""

    __tablename__ = "spent_challenge"

    digest: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
