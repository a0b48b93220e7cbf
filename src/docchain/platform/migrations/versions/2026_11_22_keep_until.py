"""keep until: how long a document stays, as the types say that it was ever filed under."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Moment

revision: str = "0020_keep_until"
down_revision: str | None = "0019_document_links"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.add_column("document", sa.Column("keep_until", Moment(), nullable=True))


def downgrade() -> None:
    op.drop_column("document", "keep_until")
