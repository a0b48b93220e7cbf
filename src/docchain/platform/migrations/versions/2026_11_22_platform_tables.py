"""platform tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

import docchain.platform.columns

revision: str = "0001_platform"
down_revision: str | None = None
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", docchain.platform.columns.Id(), nullable=False),
        sa.Column("workspace_id", docchain.platform.columns.Id(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", docchain.platform.columns.Id(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", docchain.platform.columns.Moment(), nullable=False),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_event")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_workspace_id_position"), ["workspace_id", "position"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_event_workspace_id_subject_id_position"),
            ["workspace_id", "subject_id", "position"],
            unique=False,
        )

    op.create_table(
        "handle_counter",
        sa.Column("workspace_id", docchain.platform.columns.Id(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("last", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "kind", name=op.f("pk_handle_counter")),
    )
    op.create_table(
        "reader_cursor",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("moved_at", docchain.platform.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reader_cursor")),
    )


def downgrade() -> None:
    op.drop_table("reader_cursor")
    op.drop_table("handle_counter")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_workspace_id_subject_id_position"))
        batch_op.drop_index(batch_op.f("ix_event_workspace_id_position"))

    op.drop_table("event")
