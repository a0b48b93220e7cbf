"""run erasure: what was purged and is to be taken out of runs."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment

revision: str = "0024_run_erasure"
down_revision: str | None = "0023_factors"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "run_erasure",
        sa.Column("id", Id(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("names", Json, nullable=False),
        sa.Column("runs", Json, nullable=False),
        sa.Column("done", Json, nullable=False),
        sa.Column("contents", Json, nullable=False),
        sa.Column("place", Id(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_erasure")),
    )
    open_ = sa.text("ended_at IS NULL")
    op.create_index("ix_run_erasure_open", "run_erasure", ["asked_at"], sqlite_where=open_, postgresql_where=open_)


def downgrade() -> None:
    op.drop_table("run_erasure")
