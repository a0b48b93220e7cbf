"""The event log: everything that changed, in commit order, appended in the transaction that changed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Integer, Select, bindparam, func, literal_column, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from docchain.platform import personal
from docchain.platform.bulk import insert_many
from docchain.platform.columns import Id, Position
from docchain.platform.partial_index import PartialIndex
from docchain.platform.scope import KEPT
from docchain.platform.tables import Table, WorkspaceScoped

# One lock number for all appenders on PostgreSQL, held from numbering to commit.
_APPEND_LOCK = 0x646F_6363_6861_696E

CUSTOM: Final = "custom"
"""The subject of events that come from outside; they are few among many, so they have an index of their own."""
LOG: Final = "docchain_events"
"""Who listens here on PostgreSQL is told of every commit that appended events."""
_IS_CUSTOM: Final = f"subject_kind = '{CUSTOM}'"
OF_RUNS: Final = "run"
_NOT_OF_RUNS: Final = f"subject_kind <> '{OF_RUNS}'"
"""Events of runs are most of all, and near wherever one looks; the others have indexes of their own."""
_HAS_REQUEST: Final = "request_id IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Event:
    position: int
    id: UUID
    workspace_id: UUID | None
    type: str
    subject_kind: str
    subject_id: UUID | None
    actor: str
    at: datetime
    data: dict[str, Any]


class EventRow(WorkspaceScoped, Table):
    __tablename__ = "event"
    __table_args__ = (
        Index(None, "workspace_id", "subject_id", "position"),
        Index(None, "workspace_id", "position"),
        Index(None, "workspace_id", "actor", "position"),
        PartialIndex("ix_event_custom", "position", where=_IS_CUSTOM),
        PartialIndex("ix_event_request", "workspace_id", "request_id", where=_HAS_REQUEST),
        PartialIndex("ix_event_type", "workspace_id", "type", "position", where=_NOT_OF_RUNS),
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(Position, primary_key=True)
    id: Mapped[UUID]
    workspace_id: Mapped[UUID | None] = mapped_column()  # type: ignore[assignment]  # events of the system have none
    type: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    actor: Mapped[str]
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]
    context: Mapped[dict[str, Any] | None]
    """Where it came from, and what it changed in rows."""


_NO_CONTEXT: Final = {"request_id": None, "context": None}


def append(session: Session, rows: list[dict[str, Any]]) -> None:
    """Append rows as the last act of a transaction, so that positions follow the order of commits."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_APPEND_LOCK), func.pg_notify(LOG, "")))
    if any("context" in row for row in rows):
        rows = [_NO_CONTEXT | row for row in rows]
    insert_many(session, EventRow, rows)


def read_after(
    session: Session,
    position: int,
    limit: int,
    *,
    until: int | None = None,
    about: str | None = None,
    only: Mapping[str, UUID] | None = None,
    readable: bool = False,
) -> list[Event]:
    """Read the events behind a position, oldest first.

    Args:
        session: of the reading transaction.
        position: behind which.
        limit: how many at most.
        until: up to which position.
        about: only those about this kind of subject; a constant of the code.
        only: those of one `workspace_id`, those about one `subject_id`.
        readable: open what is personal in their data, for somebody who shows it.
    """
    only = only or {}
    asked = {**only, "after": position, "until": until, "most": limit}
    found = [Event(*row) for row in session.execute(_behind(about, tuple(only), ends=until is not None), asked)]
    sealed = [place for place, event in enumerate(found) if readable and event.subject_kind in personal.KINDS]
    if sealed:
        for place, data in zip(sealed, personal.opened(session, [found[place].data for place in sealed]), strict=True):
            found[place] = replace(found[place], data=data)
    return found


def last_position(session: Session, *, about: str | None = None) -> int:
    """Return the position of the newest event, 0 in an empty log."""
    return session.scalar(_last(about)) or 0


def first_position(session: Session) -> int:
    """Return the position of the oldest event that is kept, 0 in an empty log."""
    return session.scalar(select(func.min(EventRow.position))) or 0


@cache
def _behind(about: str | None, only: tuple[str, ...], *, ends: bool) -> Select[Any]:
    """The statement, made once: to build it takes longer than to run it."""
    columns = (getattr(EventRow, name) for name in Event.__dataclass_fields__)
    wanted = select(*columns).where(EventRow.position > bindparam("after", type_=Position), *_about(about))
    if ends:
        wanted = wanted.where(EventRow.position <= bindparam("until", type_=Position))
    wanted = wanted.where(*(getattr(EventRow, name) == bindparam(name, type_=Id()) for name in only))
    limited = wanted.order_by(EventRow.position).limit(bindparam("most", type_=Integer))
    return limited.execution_options(**{KEPT: True})


@cache
def _last(about: str | None) -> Select[Any]:
    return select(func.max(EventRow.position)).where(*_about(about)).execution_options(**{KEPT: True})


def _about(kind: str | None) -> Sequence[ColumnElement[bool]]:
    """The kind stands in the statement itself, or a partial index would not be seen."""
    return () if kind is None else (EventRow.subject_kind == literal_column(f"'{kind}'"),)
