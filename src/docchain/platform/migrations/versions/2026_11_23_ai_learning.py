"""ai learning: what people corrected on papers, and how corrections of like papers are found."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment, Position

revision: str = "0036_ai_learning"
down_revision: str | None = "0035_ai_evaluation"
branch_labels: Any = None
depends_on: Any = None
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "ai_correction",
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", Position, nullable=False),
        sa.Column("document_id", Id(), nullable=True),
        sa.Column("document", Json, nullable=True),
        sa.Column("schema_key", sa.String(), nullable=False),
        sa.Column("asked", Json, nullable=True),
        sa.Column("fields", Json, nullable=False),
        sa.Column("refused", Json, nullable=False),
        sa.Column("fingerprint", Json, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("approval_id", Id(), nullable=True),
        sa.Column("run_id", Id(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_correction")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_ai_correction_workspace_id_number")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_ai_correction_approval_id")),
    )
    columns = (["workspace_id", "created_at", "id"], ["workspace_id", "schema_key", "created_at"], ["document_id"])
    for named in columns:
        op.create_index(op.f(f"ix_ai_correction_{'_'.join(named)}"), "ai_correction", named)
    op.create_index(
        op.f("ix_ai_correction_waiting"),
        "ai_correction",
        ["created_at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_table(
        "ai_correction_bucket",
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("schema_key", sa.String(), nullable=False),
        sa.Column("bucket", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("correction_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "schema_key", "bucket", "correction_id", name=op.f("pk_ai_correction_bucket")
        ),
    )
    op.create_index(op.f("ix_ai_correction_bucket_correction_id"), "ai_correction_bucket", ["correction_id"])


def downgrade() -> None:
    op.drop_table("ai_correction_bucket")
    op.drop_table("ai_correction")
