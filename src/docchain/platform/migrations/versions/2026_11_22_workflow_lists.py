"""workflow lists: what is rare among many workflows is looked up by its status, type, owner or tag."""

from typing import Any

from alembic import op

revision: str = "0009_workflow_lists"
down_revision: str | None = "0008_editing"
branch_labels: Any = None
depends_on: Any = None

_COLUMNS = ("status", "workflow_type", "created_by")


def upgrade() -> None:
    for column in _COLUMNS:
        op.create_index(op.f(f"ix_workflow_{column}_workspace_id"), "workflow", [column, "workspace_id"])
    op.drop_index(op.f("ix_workflow_tag_workspace_id_tag"), "workflow_tag")
    op.create_index(op.f("ix_workflow_tag_tag_workspace_id"), "workflow_tag", ["tag", "workspace_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_workflow_tag_tag_workspace_id"), "workflow_tag")
    op.create_index(op.f("ix_workflow_tag_workspace_id_tag"), "workflow_tag", ["workspace_id", "tag"])
    for column in _COLUMNS:
        op.drop_index(op.f(f"ix_workflow_{column}_workspace_id"), "workflow")
