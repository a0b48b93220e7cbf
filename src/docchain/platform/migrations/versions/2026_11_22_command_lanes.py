"""command lanes: starts and orders are read by workspace."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0003_command_lanes"
down_revision: str | None = "0002_features"
branch_labels: Any = None
depends_on: Any = None

_LANES = {"ix_run_command_starts": "kind = 'start'", "ix_run_command_orders": "kind <> 'start'"}


def upgrade() -> None:
    for name, condition in _LANES.items():
        where = sa.text(condition)
        columns = ["workspace_id", "position"]
        op.create_index(name, "run_command", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in _LANES:
        op.drop_index(name, "run_command")
