"""Running numbers per workspace and kind: `workflow_1`, `workflow_2`, taken within the transaction, never reused."""

from functools import cache
from typing import cast
from uuid import UUID

from sqlalchemy import Executable, bindparam, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.tables import Table, WorkspaceScoped
from docchain.platform.upserts import insert_or_update
from docchain.platform.work import Work


class HandleCounter(WorkspaceScoped, Table):
    __tablename__ = "handle_counter"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(Position)


def next_number(work: Work, kind: str, count: int = 1) -> int:
    """Take `count` numbers in a row and return the first."""
    connection = work.session.connection()
    taken = connection.execute(
        _taking(connection.dialect.name), {"workspace_id": work.workspace_id, "kind": kind, "last": count}
    )
    last: int = taken.scalar_one()
    return last - count + 1


@cache
def _taking(dialect: str) -> Executable:
    """The statement, made once: every write that makes something takes a number."""
    table = cast("SqlTable", HandleCounter.__table__)
    insert = insert_or_update(dialect, table).values({column: bindparam(column.name) for column in table.columns})
    return insert.on_conflict_do_update(
        index_elements=[table.c.workspace_id, table.c.kind], set_={"last": table.c.last + insert.excluded.last}
    ).returning(table.c.last)


def none_taken(work: Work) -> bool:
    """Tell whether nothing with a number was ever made in the workspace."""
    return work.session.scalar(select(HandleCounter.last).limit(1)) is None
