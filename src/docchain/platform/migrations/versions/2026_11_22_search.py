"""search: saved searches, and rebuilds of the index that were ordered."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Moment

revision: str = "0012_search"
down_revision: str | None = "0011_storage"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("query", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_saved_search_workspace_id_number")),
    )
    op.create_index(
        op.f("ix_saved_search_workspace_id_created_at_id"), "saved_search", ["workspace_id", "created_at", "id"]
    )
    op.create_table(
        "search_rebuild",
        sa.Column("id", Id(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("ordered_at", Moment(), nullable=False),
        sa.Column("ordered_by", sa.String(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_rebuild")),
    )
    op.create_index(op.f("ix_search_rebuild_workspace_id_ordered_at"), "search_rebuild", ["workspace_id", "ordered_at"])
    op.create_index(op.f("ix_search_rebuild_status"), "search_rebuild", ["status"])


def downgrade() -> None:
    op.drop_table("search_rebuild")
    op.drop_table("saved_search")
