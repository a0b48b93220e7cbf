"""Running numbers per workspace and kind: `workflow_1`, `workflow_2`, taken within the transaction, never reused."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.tables import Table, WorkspaceScoped
from docchain.platform.upserts import upsert
from docchain.platform.work import Work


class HandleCounter(WorkspaceScoped, Table):
    __tablename__ = "handle_counter"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(Position)


def next_number(work: Work, kind: str, count: int = 1) -> int:
    """Take `count` numbers in a row and return the first."""
    insert = upsert(work.session, HandleCounter).values(workspace_id=work.workspace_id, kind=kind, last=count)
    taken = insert.on_conflict_do_update(
        index_elements=[HandleCounter.workspace_id, HandleCounter.kind],
        set_={"last": HandleCounter.last + count},
    ).returning(HandleCounter.last)
    last: int = work.session.execute(taken).scalar_one()
    return last - count + 1


def none_taken(work: Work) -> bool:
    """Tell whether nothing with a number was ever made in the workspace."""
    return work.session.scalar(select(HandleCounter.last).limit(1)) is None
