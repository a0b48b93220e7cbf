"""history: indices for lists at a million runs, what retention removed, and how far its sweeps have come."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Moment

revision: str = "0006_history"
down_revision: str | None = "0005_flows"
branch_labels: Any = None
depends_on: Any = None

_PARTIAL = {
    "ix_run_in_doubt": (["workspace_id", "in_doubt", "number"], "in_doubt IS 1", "in_doubt IS true"),
    "ix_run_mode": (["workspace_id", "mode", "number"], "mode <> 'normal'", "mode <> 'normal'"),
    "ix_run_parent": (["workspace_id", "parent_id", "number"], "parent_id IS NOT NULL", "parent_id IS NOT NULL"),
    "ix_run_source": (["workspace_id", "source_id", "number"], "source_id IS NOT NULL", "source_id IS NOT NULL"),
    "ix_run_workflow_lane": (
        ["workspace_id", "workflow_number", "listed", "origin", "status", "number"],
        "workflow_number IS NOT NULL",
        "workflow_number IS NOT NULL",
    ),
}


def upgrade() -> None:
    op.add_column("run", sa.Column("purged_at", Moment(), nullable=True))
    op.drop_index(op.f("ix_run_parent_id_number"), "run")
    op.drop_index(op.f("ix_run_workspace_id_status_number"), "run")
    op.drop_index(op.f("ix_run_workspace_id_workflow_id_number"), "run")
    op.create_index("ix_run_lane", "run", ["workspace_id", "listed", "origin", "status", "number"])
    for name, (columns, sqlite, postgresql) in _PARTIAL.items():
        op.create_index(name, "run", columns, sqlite_where=sa.text(sqlite), postgresql_where=sa.text(postgresql))
    op.create_table(
        "retention_sweep",
        sa.Column("id", Id(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("moved_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("place", Id(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_sweep")),
    )


def downgrade() -> None:
    op.drop_table("retention_sweep")
    for name in (*_PARTIAL, "ix_run_lane"):
        op.drop_index(name, "run")
    op.create_index(op.f("ix_run_workspace_id_workflow_id_number"), "run", ["workspace_id", "workflow_id", "number"])
    op.create_index(op.f("ix_run_workspace_id_status_number"), "run", ["workspace_id", "status", "number"])
    parent = sa.text("parent_id IS NOT NULL")
    op.create_index(
        op.f("ix_run_parent_id_number"), "run", ["parent_id", "number"], sqlite_where=parent, postgresql_where=parent
    )
    with op.batch_alter_table("run") as batch:
        batch.drop_column("purged_at")
