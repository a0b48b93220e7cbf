"""audit: where events come from, sealed batches of them, streams, alert rules and alerts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from docchain.platform.columns import Id, Json, Moment, Position

revision: str = "0017_audit"
down_revision: str | None = "0016_lookups"
branch_labels: Any = None
depends_on: Any = None

_ACTORS = "ix_event_workspace_id_actor_position"
_REFUSE = "The audit chain is only appended to."
_SQLITE = """CREATE TRIGGER audit_batch_no_{what} BEFORE {what} ON audit_batch
BEGIN SELECT RAISE(ABORT, '{why}'); END"""
_POSTGRES = (
    f"""CREATE FUNCTION audit_batch_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{_REFUSE}'; END $$""",
    """CREATE TRIGGER audit_batch_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_batch
    FOR EACH STATEMENT EXECUTE FUNCTION audit_batch_refuse()""",
)


def upgrade() -> None:
    _extend_events()
    _create_batches()
    _create_streams()
    _create_rules()
    _create_alerts()
    _refuse_changes()


def _extend_events() -> None:
    op.add_column("event", sa.Column("request_id", sa.String(), nullable=True))
    op.add_column("event", sa.Column("context", Json, nullable=True))
    asked, others = sa.text("request_id IS NOT NULL"), sa.text("subject_kind <> 'run'")
    for name, columns, where in (
        ("ix_event_request", ["workspace_id", "request_id"], asked),
        ("ix_event_type", ["workspace_id", "type", "position"], others),
    ):
        op.create_index(name, "event", columns, sqlite_where=where, postgresql_where=where)
    op.create_index(_ACTORS, "event", ["workspace_id", "actor", "position"])


def _create_batches() -> None:
    op.create_table(
        "audit_batch",
        sa.Column("id", Id(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=True),
        sa.Column("chain", Id(), nullable=False),
        sa.Column("number", Position, nullable=False),
        sa.Column("first_position", Position, nullable=False),
        sa.Column("last_position", Position, nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("sealed_at", Moment(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_batch")),
        sa.UniqueConstraint("chain", "number", name=op.f("uq_audit_batch_chain_number")),
    )
    op.create_index(op.f("ix_audit_batch_chain_last_position"), "audit_batch", ["chain", "last_position"])


def _create_streams() -> None:
    _create_numbered(
        "audit_stream",
        "created_at",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("types", Json, nullable=False),
        sa.Column("position", Position, nullable=False),
        sa.Column("delivered", Position, nullable=False),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.Column("troubled_since", Moment(), nullable=True),
    )


def _create_rules() -> None:
    _create_numbered(
        "audit_rule",
        "created_at",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("match", Json, nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("window_seconds", sa.Integer(), nullable=False),
        sa.Column("since", Position, nullable=False),
        sa.Column("recent", Json, nullable=False),
    )


def _create_alerts() -> None:
    _create_numbered(
        "audit_alert",
        "raised_at",
        sa.Column("rule_id", Id(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("entries", Json, nullable=False),
        sa.Column("acknowledged_at", Moment(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
    )


def _create_numbered(name: str, since: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", Id(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("number", Position, nullable=False),
        *columns,
        sa.Column(since, Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f(f"uq_{name}_workspace_id_number")),
    )
    op.create_index(op.f(f"ix_{name}_workspace_id_{since}_id"), name, ["workspace_id", since, "id"])


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(what=what, why=_REFUSE))
        return
    for statement in _POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    for table in ("audit_alert", "audit_rule", "audit_stream", "audit_batch"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_batch_refuse()")
    for index in (_ACTORS, "ix_event_type", "ix_event_request"):
        op.drop_index(index, table_name="event")
    op.drop_column("event", "context")
    op.drop_column("event", "request_id")
