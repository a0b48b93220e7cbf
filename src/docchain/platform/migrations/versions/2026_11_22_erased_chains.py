"""erased chains: the seals of a workspace go with it, and only then; whoever deletes them says so before."""

from typing import Any

from alembic import op

revision: str = "0027_erased_chains"
down_revision: str | None = "0026_secrets"
branch_labels: Any = None
depends_on: Any = None

_REFUSE = "The audit chain is only appended to."
_ORDERED = "SELECT 1 FROM workspace_erasure WHERE workspace_id = OLD.workspace_id AND erased_at IS NULL"
_SQLITE_ANY = f"""CREATE TRIGGER audit_batch_no_DELETE BEFORE DELETE ON audit_batch
BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END"""
_SQLITE = f"""CREATE TRIGGER audit_batch_no_DELETE BEFORE DELETE ON audit_batch WHEN NOT EXISTS ({_ORDERED})
BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END"""
_POSTGRES = (
    "DROP TRIGGER audit_batch_append_only ON audit_batch",
    """CREATE TRIGGER audit_batch_append_only BEFORE UPDATE OR TRUNCATE ON audit_batch
    FOR EACH STATEMENT EXECUTE FUNCTION audit_batch_refuse()""",
    f"""CREATE FUNCTION audit_batch_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF EXISTS ({_ORDERED}) THEN RETURN OLD; END IF; RAISE EXCEPTION '{_REFUSE}'; END $$""",
    """CREATE TRIGGER audit_batch_keep BEFORE DELETE ON audit_batch
    FOR EACH ROW EXECUTE FUNCTION audit_batch_refuse_delete()""",
)
_POSTGRES_BACK = (
    "DROP TRIGGER audit_batch_keep ON audit_batch",
    "DROP FUNCTION audit_batch_refuse_delete",
    "DROP TRIGGER audit_batch_append_only ON audit_batch",
    """CREATE TRIGGER audit_batch_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_batch
    FOR EACH STATEMENT EXECUTE FUNCTION audit_batch_refuse()""",
)


def upgrade() -> None:
    _execute(_POSTGRES, ("DROP TRIGGER audit_batch_no_DELETE", _SQLITE))


def downgrade() -> None:
    _execute(_POSTGRES_BACK, ("DROP TRIGGER audit_batch_no_DELETE", _SQLITE_ANY))


def _execute(postgres: tuple[str, ...], sqlite: tuple[str, ...]) -> None:
    for statement in postgres if op.get_bind().dialect.name == "postgresql" else sqlite:
        op.execute(statement)
