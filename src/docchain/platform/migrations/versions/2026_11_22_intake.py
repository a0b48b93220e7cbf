"""intake: the ledger of what came in, rules, sources, resumable uploads."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment

revision: str = "0014_intake"
down_revision: str | None = "0013_filing"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    _items()
    _sources()
    _uploads()


def _items() -> None:
    op.create_table(
        "intake_item",
        sa.Column("id", Id(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", Id(), nullable=True),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("declared_type", sa.String(), nullable=True),
        sa.Column("seen_type", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("document_id", Id(), nullable=True),
        sa.Column("version_id", Id(), nullable=True),
        sa.Column("duplicate_of", Id(), nullable=True),
        sa.Column("parent_id", Id(), nullable=True),
        sa.Column("run_id", Id(), nullable=True),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_item")),
        sa.UniqueConstraint(
            "workspace_id", "source", "source_key", name=op.f("uq_intake_item_workspace_id_source_source_key")
        ),
    )
    for columns in (["workspace_id", "received_at", "id"], ["workspace_id", "sha256"], ["parent_id"]):
        op.create_index(op.f(f"ix_intake_item_{'_'.join(columns)}"), "intake_item", columns)


def _sources() -> None:
    op.create_table(
        "intake_rules",
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rules", Json, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_intake_rules")),
    )
    op.create_table(
        "intake_source",
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("workflow", sa.String(), nullable=True),
        sa.Column("input", sa.String(), nullable=False),
        sa.Column("duplicates", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_source")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_intake_source_workspace_id_number")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_intake_source_workspace_id_name")),
    )


def _uploads() -> None:
    op.create_table(
        "tus_upload",
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("info", sa.String(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("item_id", Id(), nullable=True),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tus_upload")),
    )
    op.create_index(op.f("ix_tus_upload_workspace_id_expires_at"), "tus_upload", ["workspace_id", "expires_at"])


def downgrade() -> None:
    for table in ("tus_upload", "intake_source", "intake_rules", "intake_item"):
        op.drop_table(table)
