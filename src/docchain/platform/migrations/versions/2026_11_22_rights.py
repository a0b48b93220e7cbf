"""rights: roles of workspaces, grants, restrictions, API keys."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment

revision: str = "0022_rights"
down_revision: str | None = "0021_sessions"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    _create_roles()
    _create_access()
    _create_keys()


def _create_roles() -> None:
    op.create_table(
        "workspace_role",
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("permissions", Json, nullable=False),
        sa.Column("hidden", Json, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace_role")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_workspace_role_workspace_id_name")),
    )


def _create_access() -> None:
    op.create_table(
        "access_grant",
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing_id", Id(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("actions", Json, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_grant")),
        sa.UniqueConstraint(
            "workspace_id",
            "kind",
            "thing_id",
            "subject_kind",
            "subject",
            name=op.f("uq_access_grant_workspace_id_kind_thing_id_subject_kind_subject"),
        ),
    )
    op.create_table(
        "access_restriction",
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing_id", Id(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "kind", "thing_id", name=op.f("pk_access_restriction")),
    )


def _create_keys() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("former_digest", sa.String(), nullable=True),
        sa.Column("former_until", Moment(), nullable=True),
        sa.Column("permissions", Json, nullable=False),
        sa.Column("things", Json, nullable=False),
        sa.Column("networks", Json, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("rotated_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.Column("last_address", sa.String(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
    )
    op.create_index(op.f("ix_api_key_workspace_id_created_at_id"), "api_key", ["workspace_id", "created_at", "id"])
    op.create_index(op.f("ix_api_key_user_id"), "api_key", ["user_id"])


def downgrade() -> None:
    for table in ("api_key", "access_restriction", "access_grant", "workspace_role"):
        op.drop_table(table)
