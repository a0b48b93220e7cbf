"""lookups: look-up tables, their rows and the keys that rows are found by."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment

revision: str = "0016_lookups"
down_revision: str | None = "0015_artefacts"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "lookup_table",
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("versions", Json, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lookup_table")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_lookup_table_workspace_id_name")),
    )
    op.create_table(
        "lookup_row",
        sa.Column("load_id", Id(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("load_id", "row", name=op.f("pk_lookup_row")),
    )
    op.create_table(
        "lookup_key",
        sa.Column("load_id", Id(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("load_id", "row", "column", "key", name=op.f("pk_lookup_key")),
    )
    op.create_index(op.f("ix_lookup_key_load_id_column_key"), "lookup_key", ["load_id", "column", "key"])


def downgrade() -> None:
    for table in ("lookup_key", "lookup_row", "lookup_table"):
        op.drop_table(table)
