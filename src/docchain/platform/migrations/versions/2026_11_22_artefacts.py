"""artefacts: texts and pictures that were made of contents."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Moment

revision: str = "0015_artefacts"
down_revision: str | None = "0014_intake"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "document_artefact",
        sa.Column("id", Id(), nullable=False),
        sa.Column("source_sha256", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_artefact")),
        sa.UniqueConstraint(
            "workspace_id",
            "source_sha256",
            "kind",
            "key",
            name=op.f("uq_document_artefact_workspace_id_source_sha256_kind_key"),
        ),
    )
    op.create_index(op.f("ix_document_artefact_workspace_id_sha256"), "document_artefact", ["workspace_id", "sha256"])
    op.create_index(op.f("ix_document_artefact_kind_used_at"), "document_artefact", ["kind", "used_at"])


def downgrade() -> None:
    op.drop_table("document_artefact")
