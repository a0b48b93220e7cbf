"""secrets: sealed credentials of workspaces, and their settings with all that they ever were."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment, Position

revision: str = "0026_secrets"
down_revision: str | None = "0025_accounts"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "secret",
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", Position, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("hosts", Json, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("uses", Position, nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secret")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_secret_workspace_id_number")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_secret_workspace_id_name")),
    )
    op.create_index(op.f("ix_secret_workspace_id_created_at_id"), "secret", ["workspace_id", "created_at", "id"])
    op.create_table(
        "workspace_setting",
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "name", "revision", name=op.f("pk_workspace_setting")),
    )


def downgrade() -> None:
    for table in ("workspace_setting", "secret"):
        op.drop_table(table)
