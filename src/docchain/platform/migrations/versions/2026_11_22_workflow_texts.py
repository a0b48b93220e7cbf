"""workflow texts: names, titles and descriptions once more, to be searched without reading the workflows."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id

revision: str = "0010_workflow_texts"
down_revision: str | None = "0009_workflow_lists"
branch_labels: Any = None
depends_on: Any = None

_MANY = 1_000


def upgrade() -> None:
    made = op.create_table(
        "workflow_text",
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("workflow_id", Id(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "workflow_id", name=op.f("pk_workflow_text")),
        sqlite_with_rowid=False,
    )
    for rows in _texts():
        op.bulk_insert(made, rows)


def _texts() -> Iterator[list[dict[str, Any]]]:
    table = sa.table(
        "workflow",
        sa.column("workspace_id", Id()),
        sa.column("id", Id()),
        *(sa.column(name, sa.String()) for name in ("name", "title", "description")),
    )
    found = op.get_bind().execute(sa.select(table)).fetchall()
    for begin in range(0, len(found), _MANY):
        yield [
            {"workspace_id": row[0], "workflow_id": row[1], "text": "\n".join(row[2:]).lower()}
            for row in found[begin : begin + _MANY]
        ]


def downgrade() -> None:
    op.drop_table("workflow_text")
