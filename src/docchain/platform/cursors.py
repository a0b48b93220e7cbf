"""How far each reader of a log has come: a position that commits together with what the reader wrote."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.tables import Table
from docchain.platform.upserts import upsert
from docchain.platform.work import Work


class ReaderCursor(Table):
    __tablename__ = "reader_cursor"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Position)
    moved_at: Mapped[datetime]


def get_position(work: Work, name: str) -> int:
    """Return a reader's position, 0 before its first move; other processes wait until this work ends."""
    position = work.session.scalar(_position(name).with_for_update())
    if position is None:  # nobody can wait for a row that is not there
        start = upsert(work.session, ReaderCursor).values(name=name, position=0, moved_at=work.now)
        work.session.execute(start.on_conflict_do_nothing())
        position = work.session.scalar(_position(name).with_for_update())
    return position or 0


def peek_position(work: Work, name: str) -> int:
    """Return a reader's position without claiming it, to show how far it lags."""
    return work.session.scalar(_position(name)) or 0


def set_position(work: Work, name: str, position: int) -> None:
    """Move a reader's cursor in this transaction."""
    values = {"position": position, "moved_at": work.now}
    insert = upsert(work.session, ReaderCursor).values(name=name, **values)
    work.session.execute(insert.on_conflict_do_update(index_elements=[ReaderCursor.name], set_=values))


def _position(name: str) -> Select[int]:
    return select(ReaderCursor.position).where(ReaderCursor.name == name)
