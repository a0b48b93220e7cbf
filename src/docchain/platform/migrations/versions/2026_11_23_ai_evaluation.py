"""ai evaluation: sets of examples with right answers, and what was scored on them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment, Position

revision: str = "0035_ai_evaluation"
down_revision: str | None = "0034_ai_prompts"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "ai_evaluation",
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", Position, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("minimum", sa.Double(), nullable=False),
        sa.Column("tolerance", sa.Double(), nullable=False),
        sa.Column("gates", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_evaluation")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_ai_evaluation_workspace_id_name")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_ai_evaluation_workspace_id_number")),
    )
    places = ["workspace_id", "created_at", "id"]
    op.create_index(op.f("ix_ai_evaluation_workspace_id_created_at_id"), "ai_evaluation", places)
    op.create_table(
        "ai_example",
        sa.Column("id", Id(), nullable=False),
        sa.Column("evaluation_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("input", Json, nullable=False),
        sa.Column("expected", Json, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("document_id", Id(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_example")),
        sa.UniqueConstraint("evaluation_id", "number", name=op.f("uq_ai_example_evaluation_id_number")),
    )
    op.create_index(op.f("ix_ai_example_document_id"), "ai_example", ["document_id"])
    op.create_table(
        "ai_evaluation_run",
        sa.Column("id", Id(), nullable=False),
        sa.Column("evaluation_id", Id(), nullable=False),
        sa.Column("prompt_id", Id(), nullable=True),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("results", Json, nullable=False),
        sa.Column("tokens_in", Position, nullable=False),
        sa.Column("tokens_out", Position, nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("took_ms", Position, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_evaluation_run")),
    )
    places = ["evaluation_id", "created_at", "id"]
    op.create_index(op.f("ix_ai_evaluation_run_evaluation_id_created_at_id"), "ai_evaluation_run", places)


def downgrade() -> None:
    for table in ("ai_evaluation_run", "ai_example", "ai_evaluation"):
        op.drop_table(table)
