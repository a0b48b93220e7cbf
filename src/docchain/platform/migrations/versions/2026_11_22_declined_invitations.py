"""declined invitations: whoever is invited may say no."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Moment

revision: str = "0029_declined_invitations"
down_revision: str | None = "0028_document_origins"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.add_column("invitation", sa.Column("declined_at", Moment(), nullable=True))


def downgrade() -> None:
    op.drop_column("invitation", "declined_at")
