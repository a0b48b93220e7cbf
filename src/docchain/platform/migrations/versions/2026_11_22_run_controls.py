"""run controls: where a run came from, how it is to run, and the keys that name one run at a time."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Moment

revision: str = "0004_run_controls"
down_revision: str | None = "0003_command_lanes"
branch_labels: Any = None
depends_on: Any = None

_PARENT = "parent_id IS NOT NULL"


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("mode", sa.String(), nullable=False, server_default="normal"),
        sa.Column("priority", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("start_at", Moment(), nullable=True),
        sa.Column("parent_id", Id(), nullable=True),
        sa.Column("parent_step", sa.String(), nullable=True),
        sa.Column("source_id", Id(), nullable=True),
        sa.Column("source_how", sa.String(), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False, server_default=sa.true()),
    ]


def upgrade() -> None:
    for column in _columns():
        op.add_column("run", column)
    op.create_index(
        op.f("ix_run_parent_id_number"),
        "run",
        ["parent_id", "number"],
        sqlite_where=sa.text(_PARENT),
        postgresql_where=sa.text(_PARENT),
    )
    op.create_table(
        "run_key",
        sa.Column("id", Id(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("run_id", Id(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_key")),
        sa.UniqueConstraint("workspace_id", "scope", "key", name=op.f("uq_run_key_workspace_id_scope_key")),
    )
    op.create_index(op.f("ix_run_key_workspace_id_expires_at"), "run_key", ["workspace_id", "expires_at"])


def downgrade() -> None:
    op.drop_table("run_key")
    op.drop_index(op.f("ix_run_parent_id_number"), "run")
    with op.batch_alter_table("run") as batch:
        for column in _columns():
            batch.drop_column(column.name)
