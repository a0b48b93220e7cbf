"""command lanes: commands are read by workspace."""

from typing import Any

from alembic import op

revision: str = "0003_command_lanes"
down_revision: str | None = "0002_features"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    op.create_index(op.f("ix_run_command_workspace_id_position"), "run_command", ["workspace_id", "position"])


def downgrade() -> None:
    op.drop_index(op.f("ix_run_command_workspace_id_position"), "run_command")
