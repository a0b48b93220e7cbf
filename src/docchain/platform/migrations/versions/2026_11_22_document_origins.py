"""document origins: what steps made, and what came of splitting and merging, is listed along an index."""

from typing import Any

from alembic import op

revision: str = "0028_document_origins"
down_revision: str | None = "0027_erased_chains"
branch_labels: Any = None
depends_on: Any = None

_INDEX = "ix_document_workspace_id_origin_created_at_id"


def upgrade() -> None:
    op.create_index(_INDEX, "document", ["workspace_id", "origin", "created_at", "id"])


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="document")
