"""document lists: the trash, and what is held, are read in the order of lists."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0018_document_lists"
down_revision: str | None = "0017_audit"
branch_labels: Any = None
depends_on: Any = None

_LISTED = ["workspace_id", "created_at", "id"]


def upgrade() -> None:
    op.drop_index("ix_document_held", table_name="document")
    _some("ix_document_held", _LISTED, "held_at IS NOT NULL")
    _some("ix_document_trash_list", _LISTED, "deleted_at IS NOT NULL")


def downgrade() -> None:
    for index in ("ix_document_trash_list", "ix_document_held"):
        op.drop_index(index, table_name="document")
    _some("ix_document_held", ["workspace_id", "id"], "held_at IS NOT NULL")


def _some(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "document", columns, sqlite_where=where, postgresql_where=where)
