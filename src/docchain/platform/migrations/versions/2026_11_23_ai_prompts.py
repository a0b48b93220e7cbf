"""ai prompts: the library, its versions, and the labels that stand for them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment, Position

revision: str = "0034_ai_prompts"
down_revision: str | None = "0033_ai_money"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "ai_prompt",
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", Position, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_prompt")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_ai_prompt_workspace_id_name")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_ai_prompt_workspace_id_number")),
    )
    op.create_index(op.f("ix_ai_prompt_workspace_id_created_at_id"), "ai_prompt", ["workspace_id", "created_at", "id"])
    op.create_table(
        "ai_prompt_version",
        sa.Column("id", Id(), nullable=False),
        sa.Column("prompt_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("variables", Json, nullable=False),
        sa.Column("output_schema", Json, nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("temperature", sa.Double(), nullable=True),
        sa.Column("max_tokens", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_prompt_version")),
        sa.UniqueConstraint("prompt_id", "number", name=op.f("uq_ai_prompt_version_prompt_id_number")),
    )
    op.create_table(
        "ai_prompt_label",
        sa.Column("prompt_id", Id(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("prompt_id", "label", name=op.f("pk_ai_prompt_label")),
    )


def downgrade() -> None:
    for table in ("ai_prompt_label", "ai_prompt_version", "ai_prompt"):
        op.drop_table(table)
