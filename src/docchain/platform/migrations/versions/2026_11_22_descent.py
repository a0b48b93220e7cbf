"""descent: what was made from documents is held by where these are filed."""

from typing import Any

from alembic import op

revision: str = "0031_descent"
down_revision: str | None = "0030_link_makers"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.execute("""
        INSERT INTO document_facet (workspace_id, document_id, facet, value, created_at)
        WITH RECURSIVE behind (product, source) AS (
            SELECT version.document_id, edge.input_version_id
            FROM document_version AS version JOIN version_input AS edge ON edge.version_id = version.id
            UNION
            SELECT behind.product, edge.input_version_id
            FROM behind JOIN version_input AS edge ON edge.version_id = behind.source
        )
        SELECT DISTINCT document.workspace_id, document.id, 'from', held.value, document.created_at
        FROM behind
        JOIN document ON document.id = behind.product
        JOIN document_version AS source ON source.id = behind.source
        JOIN document_facet AS held ON held.document_id = source.document_id
        WHERE held.facet IN ('within', 'type') AND source.document_id <> document.id
    """)


def downgrade() -> None:
    op.execute("DELETE FROM document_facet WHERE facet = 'from'")
