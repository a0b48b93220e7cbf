"""Running numbers per workspace and kind: `workflow_1`, `workflow_2`, taken within the transaction, never reused."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.bulk import execute_plain
from docchain.platform.columns import Position
from docchain.platform.tables import Table, WorkspaceScoped
from docchain.platform.work import Work


class HandleCounter(WorkspaceScoped, Table):
    __tablename__ = "handle_counter"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(Position)


_TAKE: Final = {
    dialect: f"INSERT INTO handle_counter (workspace_id, kind, last) VALUES ({marks}) "  # noqa: S608 - only marks
    "ON CONFLICT (workspace_id, kind) DO UPDATE SET last = handle_counter.last + excluded.last RETURNING last"
    for dialect, marks in (("sqlite", "?, ?, ?"), ("postgresql", "$1, $2, $3"))
}
"""As text, for every write that makes something takes a number, and a built statement takes three times as long."""


def next_number(work: Work, kind: str, count: int = 1) -> int:
    """Take `count` numbers in a row and return the first."""
    connection = work.session.connection()
    dialect = connection.dialect.name
    workspace = work.workspace_id.bytes if dialect == "sqlite" else work.workspace_id
    last: int = execute_plain(connection, _TAKE[dialect], (workspace, kind, count)).fetchone()[0]
    return last - count + 1


def wait_for_turn(work: Work, kind: str) -> None:
    """Wait until whoever makes or renames one of a kind has ended, so that what is looked up now stays true.

    PostgreSQL would else let two look for a name that is free, and refuse the second with a fault of its own.
    """
    next_number(work, kind, 0)


def none_taken(work: Work) -> bool:
    """Tell whether nothing with a number was ever made in the workspace."""
    return work.session.scalar(select(HandleCounter.last).limit(1)) is None
