"""Workflows by the name that their definition says; waits for events; an index of custom events."""

from typing import Any

import sqlalchemy as sa
from alembic import op

import docchain.platform.columns

revision: str = "0005_flows"
down_revision: str | None = "0004_run_controls"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_table(
        "event_wait",
        sa.Column("run_id", docchain.platform.columns.Id(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("workspace_id", docchain.platform.columns.Id(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "step", name=op.f("pk_event_wait")),
    )
    with op.batch_alter_table("event_wait", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_wait_topic"), ["topic"], unique=False)

    custom = sa.text("subject_kind = 'custom'")
    op.create_index("ix_event_custom", "event", ["position"], sqlite_where=custom, postgresql_where=custom)
    with op.batch_alter_table("workflow", schema=None) as batch_op:
        batch_op.add_column(sa.Column("definition_name", sa.String(), nullable=False, server_default=""))
        batch_op.create_index(
            batch_op.f("ix_workflow_workspace_id_definition_name"), ["workspace_id", "definition_name"], unique=False
        )
    name = "draft ->> 'workflow'" if op.get_bind().dialect.name == "postgresql" else "json_extract(draft, '$.workflow')"
    op.execute(f"UPDATE workflow SET definition_name = {name}")  # noqa: S608 - one of the two above


def downgrade() -> None:
    with op.batch_alter_table("workflow", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_workflow_workspace_id_definition_name"))
        batch_op.drop_column("definition_name")
    op.drop_index("ix_event_custom", table_name="event")
    op.drop_table("event_wait")
