"""link makers: by whose right a link opens, so that it ends with that right, and at once if they are gone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id

revision: str = "0030_link_makers"
down_revision: str | None = "0029_declined_invitations"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.add_column("document_link", sa.Column("maker_id", Id(), nullable=True))
    op.add_column("document_link", sa.Column("key_id", Id(), nullable=True))
    op.execute(
        "UPDATE document_link SET maker_id = COALESCE("
        "(SELECT user_account.id FROM user_account WHERE user_account.username = document_link.created_by), id)"
        " WHERE created_by <> 'system'"
    )


def downgrade() -> None:
    op.drop_column("document_link", "key_id")
    op.drop_column("document_link", "maker_id")
