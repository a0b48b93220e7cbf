"""filing: what documents are filed under, held for and read as; extracted values and fingerprints of versions."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Moment

revision: str = "0013_filing"
down_revision: str | None = "0012_search"
branch_labels: Any = None
depends_on: Any = None

_JSON = sa.JSON(none_as_null=True)
_REVISIONS = """
UPDATE document SET revision = (SELECT v.number FROM document_version v WHERE v.id = document.current_version_id)
WHERE EXISTS (SELECT 1 FROM document_version v WHERE v.id = document.current_version_id)
"""


def upgrade() -> None:
    op.add_column("document", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("document", sa.Column("fields", _JSON, nullable=True))
    op.add_column("document", sa.Column("held_at", Moment(), nullable=True))
    op.add_column("document", sa.Column("held_by", sa.String(), nullable=True))
    op.add_column("document", sa.Column("hold_reason", sa.String(), nullable=True))
    op.execute(_REVISIONS)
    _some("ix_document_trash", "document", ["workspace_id", "deleted_at", "id"], "deleted_at IS NOT NULL")
    _some("ix_document_held", "document", ["workspace_id", "id"], "held_at IS NOT NULL")
    _make_filing()
    _make_readings()


def downgrade() -> None:
    for table in ("document_band", "document_fingerprint", "version_fields", "document_facet", "filing"):
        op.drop_table(table)
    for index in ("ix_document_held", "ix_document_trash"):
        op.drop_index(index, table_name="document")
    with op.batch_alter_table("document") as batch:
        for column in ("hold_reason", "held_by", "held_at", "fields", "revision"):
            batch.drop_column(column)


def _make_filing() -> None:
    op.create_table(
        "filing",
        sa.Column("id", Id(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("parent_id", Id(), nullable=True),
        sa.Column("data", _JSON, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
        sa.UniqueConstraint("workspace_id", "kind", "key", name=op.f("uq_filing_workspace_id_kind_key")),
    )
    op.create_table(
        "document_facet",
        sa.Column("document_id", Id(), nullable=False),
        sa.Column("facet", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "facet", "value", name=op.f("pk_document_facet")),
    )
    columns = ["workspace_id", "facet", "value", "created_at", "document_id"]
    op.create_index(op.f(f"ix_document_facet_{'_'.join(columns)}"), "document_facet", columns)


def _make_readings() -> None:
    op.create_table(
        "version_fields",
        sa.Column("run_id", Id(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("version_id", Id(), nullable=False),
        sa.Column("fields", _JSON, nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "step", name=op.f("pk_version_fields")),
    )
    op.create_index(op.f("ix_version_fields_version_id"), "version_fields", ["version_id"])
    op.create_table(
        "document_fingerprint",
        sa.Column("document_id", Id(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("version_id", Id(), nullable=False),
        sa.Column("parsed", sa.String(), nullable=False),
        sa.Column("queued_at", Moment(), nullable=False),
        sa.Column("signature", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_fingerprint")),
    )
    _some("ix_document_fingerprint_pending", "document_fingerprint", ["queued_at"], "signature IS NULL")
    op.create_table(
        "document_band",
        sa.Column("document_id", Id(), nullable=False),
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "band", name=op.f("pk_document_band")),
    )
    op.create_index(op.f("ix_document_band_workspace_id_band"), "document_band", ["workspace_id", "band"])


def _some(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
