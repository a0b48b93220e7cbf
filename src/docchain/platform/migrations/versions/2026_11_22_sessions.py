"""sessions: the device, the way of signing in, when it was seen, until when it lasts, and a browser's cookie."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Moment

revision: str = "0021_sessions"
down_revision: str | None = "0020_keep_until"
branch_labels: Any = None
depends_on: Any = None

_TABLE = "sign_in_session"
_TEXTS = {"method": "password", "device": "Unknown device", "address": ""}
_MOMENTS = ("verified_at", "seen_at", "expires_at", "idle_until")


def upgrade() -> None:
    for name, default in _TEXTS.items():
        op.add_column(_TABLE, sa.Column(name, sa.String(), nullable=False, server_default=default))
    for name in _MOMENTS:
        op.add_column(_TABLE, sa.Column(name, Moment(), nullable=True))
    op.add_column(_TABLE, sa.Column("cookie_hash", sa.String(), nullable=True))
    op.create_index("ix_sign_in_session_cookie_hash", _TABLE, ["cookie_hash"], unique=True)
    sessions = sa.table(_TABLE, sa.column("expires_at", Moment()))
    op.execute(sessions.update().values(expires_at=datetime.now(UTC) + timedelta(days=30)))


def downgrade() -> None:
    op.drop_index("ix_sign_in_session_cookie_hash", _TABLE)
    for name in ("cookie_hash", *_MOMENTS, *_TEXTS):
        op.drop_column(_TABLE, name)
