"""accounts: confirmed addresses, languages, who administers, one-time links, mails, invitations, quotas, erasures."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment

revision: str = "0025_accounts"
down_revision: str | None = "0024_subject_keys"
branch_labels: Any = None
depends_on: Any = None

_USER = "user_account"


def upgrade() -> None:
    op.add_column(_USER, sa.Column("email_verified_at", Moment(), nullable=True))
    op.add_column(_USER, sa.Column("language", sa.String(), nullable=False, server_default="en"))
    op.add_column(_USER, sa.Column("installation_admin", sa.Boolean(), nullable=False, server_default=sa.false()))
    users = sa.table(_USER, sa.column("username_key", sa.String()), sa.column("installation_admin", sa.Boolean()))
    op.execute(users.update().where(users.c.username_key == "admin").values(installation_admin=True))
    _create_links()
    _create_invitations()
    _create_quotas()


def _create_links() -> None:
    op.create_table(
        "one_time_link",
        sa.Column("id", Id(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_one_time_link_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_link_token_hash")),
    )
    op.create_index(op.f("ix_one_time_link_user_id"), "one_time_link", ["user_id"])
    op.create_index(op.f("ix_one_time_link_expires_at"), "one_time_link", ["expires_at"])
    op.create_table(
        "outgoing_mail",
        sa.Column("id", Id(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
    )
    op.create_index(op.f("ix_outgoing_mail_next_at"), "outgoing_mail", ["next_at"])


def _create_invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", Id(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("accepted_at", Moment(), nullable=True),
        sa.Column("accepted_by", Id(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_workspace_id"), "invitation", ["workspace_id"])


def _create_quotas() -> None:
    op.create_table(
        "workspace_quota",
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("users", sa.Integer(), nullable=True),
        sa.Column("runs_a_day", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_workspace_quota")),
    )
    op.create_table(
        "workspace_erasure",
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("erased_at", Moment(), nullable=True),
        sa.Column("rows", Json, nullable=True),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_workspace_erasure")),
    )


def downgrade() -> None:
    for table in ("workspace_erasure", "workspace_quota", "invitation", "outgoing_mail", "one_time_link"):
        op.drop_table(table)
    for column in ("installation_admin", "language", "email_verified_at"):
        op.drop_column(_USER, column)
