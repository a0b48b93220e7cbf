"""document links: which were handed out, until when, how often each was used, and which were revoked."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Moment

revision: str = "0019_document_links"
down_revision: str | None = "0018_document_lists"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "document_link",
        sa.Column("id", Id(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("document_id", Id(), nullable=False),
        sa.Column("version_id", Id(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_link")),
    )
    for names in (("document_id", "created_at", "id"), ("workspace_id", "expires_at")):
        op.create_index(op.f("ix_document_link_" + "_".join(names)), "document_link", names)


def downgrade() -> None:
    op.drop_table("document_link")
