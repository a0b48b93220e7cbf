"""ai workflows: what they have beside a workflow, templates of a workspace, and chains of documents."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment, Position

revision: str = "0032_ai_workflows"
down_revision: str | None = "0031_descent"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "ai_workflow",
        sa.Column("workflow_id", Id(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("input_data", Json, nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("workflow_id", name=op.f("pk_ai_workflow")),
    )
    op.create_table(
        "ai_template",
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("workflow_type", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("definition", Json, nullable=False),
        sa.Column("samples", Json, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_template")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_ai_template_workspace_id_name")),
    )
    op.create_table(
        "ai_chain_link",
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", Position, nullable=False),
        sa.Column("workflow_id", Id(), nullable=False),
        sa.Column("parent_id", Id(), nullable=True),
        sa.Column("input_version_id", Id(), nullable=True),
        sa.Column("run_id", Id(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_chain_link")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_ai_chain_link_workspace_id_number")),
    )
    op.create_index(op.f("ix_ai_chain_link_workflow_id_number"), "ai_chain_link", ["workflow_id", "number"])


def downgrade() -> None:
    for table in ("ai_chain_link", "ai_template", "ai_workflow"):
        op.drop_table(table)
