"""storage: what each workspace's versions take and may take, and moves to another store."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Moment

revision: str = "0011_storage"
down_revision: str | None = "0010_workflow_texts"
branch_labels: Any = None
depends_on: Any = None

_COUNT_WHAT_IS_THERE = """
INSERT INTO storage_usage (workspace_id, bytes, documents)
SELECT v.workspace_id, SUM(v.size),
       (SELECT COUNT(*) FROM document d WHERE d.workspace_id = v.workspace_id AND d.deleted_at IS NULL)
FROM document_version v GROUP BY v.workspace_id
"""


def upgrade() -> None:
    op.create_table(
        "storage_usage",
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=True),
        sa.Column("quota_documents", sa.BigInteger(), nullable=True),
        sa.Column("compression", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_storage_usage")),
    )
    op.create_table(
        "storage_default",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=False),
        sa.Column("quota_documents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_default")),
    )
    op.create_table(
        "storage_move",
        sa.Column("id", Id(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("objects", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("total_objects", sa.BigInteger(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.Column("problems", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("moved_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_move")),
    )
    op.execute(_COUNT_WHAT_IS_THERE)


def downgrade() -> None:
    for table in ("storage_move", "storage_default", "storage_usage"):
        op.drop_table(table)
