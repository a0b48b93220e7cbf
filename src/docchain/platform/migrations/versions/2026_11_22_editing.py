"""editing: drafts with faults, types of workflows, labels of versions, and indices for lists of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id

revision: str = "0008_editing"
down_revision: str | None = "0007_realtime"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.add_column("workflow", sa.Column("faults", sa.JSON(none_as_null=True), server_default="[]", nullable=False))
    op.add_column("workflow", sa.Column("workflow_type", sa.String(), server_default="workflow", nullable=False))
    op.add_column("workflow_version", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.create_table(
        "workflow_label",
        sa.Column("workflow_id", Id(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("workflow_id", "label", name=op.f("pk_workflow_label")),
    )


def downgrade() -> None:
    op.drop_table("workflow_label")
    with op.batch_alter_table("workflow_version") as batch:
        batch.drop_column("revision")
    with op.batch_alter_table("workflow") as batch:
        batch.drop_column("workflow_type")
        batch.drop_column("faults")
