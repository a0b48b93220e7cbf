"""ai money: a ledger of calls, budgets and what they took, and answers that are known."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment, Position

revision: str = "0033_ai_money"
down_revision: str | None = "0032_ai_workflows"
branch_labels: Any = None
depends_on: Any = None
_SENDING = sa.text("state = 'sending'")


def upgrade() -> None:
    op.create_table(
        "ai_call",
        sa.Column("id", Id(), nullable=False),
        sa.Column("run_id", Id(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("document_id", Id(), nullable=True),
        sa.Column("workflow_id", Id(), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("prompt", sa.String(), nullable=True),
        sa.Column("prompt_version", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("tokens_in", Position, nullable=False),
        sa.Column("tokens_out", Position, nullable=False),
        sa.Column("tokens_cached", Position, nullable=False),
        sa.Column("tokens_reasoning", Position, nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("redacted", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("maker", sa.String(), nullable=False),
        sa.Column("budgets", Json, nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_call")),
    )
    op.create_index(op.f("ix_ai_call_document_id"), "ai_call", ["document_id"])
    op.create_index(op.f("ix_ai_call_run_id"), "ai_call", ["run_id"])
    op.create_index(
        op.f("ix_ai_call_sending"), "ai_call", ["began_at"], sqlite_where=_SENDING, postgresql_where=_SENDING
    )
    op.create_index(op.f("ix_ai_call_workspace_id_began_at_id"), "ai_call", ["workspace_id", "began_at", "id"])
    op.create_index(
        op.f("ix_ai_call_workspace_id_provider_model_began_at"),
        "ai_call",
        ["workspace_id", "provider", "model", "began_at"],
    )
    op.create_table(
        "ai_budget",
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", Position, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("scope_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("soft", sa.BigInteger(), nullable=True),
        sa.Column("hard", sa.BigInteger(), nullable=True),
        sa.Column("on_soft", sa.String(), nullable=False),
        sa.Column("cheaper_model", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_budget")),
        sa.UniqueConstraint(
            "workspace_id", "scope", "scope_id", "period", name=op.f("uq_ai_budget_workspace_id_scope_scope_id_period")
        ),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_ai_budget_workspace_id_number")),
    )
    op.create_index(op.f("ix_ai_budget_workspace_id_created_at_id"), "ai_budget", ["workspace_id", "created_at", "id"])
    op.create_table(
        "ai_budget_use",
        sa.Column("budget_id", Id(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.BigInteger(), nullable=False),
        sa.Column("warned", sa.Boolean(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("budget_id", "slot", name=op.f("pk_ai_budget_use")),
    )
    op.create_table(
        "ai_answer",
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("maker", sa.String(), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("size", Position, nullable=False),
        sa.Column("document_id", Id(), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("hits", Position, nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_ai_answer")),
    )
    op.create_index(op.f("ix_ai_answer_document_id"), "ai_answer", ["document_id"])
    op.create_index(op.f("ix_ai_answer_workspace_id_expires_at"), "ai_answer", ["workspace_id", "expires_at"])


def downgrade() -> None:
    for table in ("ai_answer", "ai_budget_use", "ai_budget", "ai_call"):
        op.drop_table(table)
