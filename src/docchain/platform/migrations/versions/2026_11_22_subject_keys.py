"""subject keys: under which personal values of the log are encrypted; whoever was erased has none."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Moment

revision: str = "0024_subject_keys"
down_revision: str | None = "0024_run_erasure"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "subject_key",
        sa.Column("subject_id", Id(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=True),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name="pk_subject_key"),
    )
    op.create_index("ix_subject_key_workspace_id", "subject_key", ["workspace_id"])


def downgrade() -> None:
    op.drop_index("ix_subject_key_workspace_id", "subject_key")
    op.drop_table("subject_key")
