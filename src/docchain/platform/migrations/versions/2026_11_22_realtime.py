"""realtime: tickets that open sockets, and the connections that each process tells the others of."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Moment

revision: str = "0007_realtime"
down_revision: str | None = "0006_history"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "socket_ticket",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("session_id", Id(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=True),
        sa.Column("good_until", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_socket_ticket")),
    )
    op.create_index(op.f("ix_socket_ticket_expires_at"), "socket_ticket", ["expires_at"])
    op.create_table(
        "socket_process",
        sa.Column("id", Id(), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.Column("connections", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_socket_process")),
    )


def downgrade() -> None:
    op.drop_table("socket_process")
    op.drop_table("socket_ticket")
