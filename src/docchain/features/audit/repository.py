"""Statements on the event log as the audit reads it, and on sealed batches."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, select, tuple_
from sqlalchemy.orm import Session

from docchain.features.audit.chain import Checkpoint, Head
from docchain.features.audit.domain import INSTALLATION, moment
from docchain.features.audit.tables import AuditBatchRow
from docchain.platform.events import EventRow

CURSOR: Final = "audit"
"""The name of the sealer's cursor in the event log."""
_PAGE: Final = 2_000
_BATCHES: Final = 100
_BATCH_COLUMNS: Final = tuple(
    getattr(AuditBatchRow, name)
    for name in (
        *("chain", "number", "first_position", "last_position", "leaves"),
        *("previous", "digest", "sealed_at", "public_key", "signature"),
    )
)


def sealed_columns(dialect: str) -> Sequence[Any]:
    """All of an entry as text that is the same on both databases, with nothing to be read into objects."""
    at: ColumnElement[Any] = cast(EventRow.at, Text)
    if dialect == "postgresql":
        at = func.to_char(func.timezone("UTC", EventRow.at), "YYYY-MM-DD HH24:MI:SS.US")
    ids = (_id_text(dialect, column) for column in (EventRow.id, EventRow.workspace_id, EventRow.subject_id))
    id_, workspace, subject = ids
    return (
        *(EventRow.position, id_, workspace, EventRow.type, EventRow.subject_kind, subject, EventRow.actor),
        *(at, cast(EventRow.data, Text), EventRow.request_id, cast(EventRow.context, Text)),
    )


def _id_text(dialect: str, column: Any) -> ColumnElement[Any]:
    """32 hexadecimal digits, none where there is no id."""
    if dialect == "sqlite":
        return func.lower(func.hex(column))
    return func.coalesce(func.replace(cast(column, Text), "-", ""), "")


def of_chain(chain: UUID) -> ColumnElement[bool]:
    return EventRow.workspace_id.is_(None) if chain == INSTALLATION else EventRow.workspace_id == chain


class ChainRepository:
    """Takes the session of a work of the system, which sees every chain."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._columns = sealed_columns(session.get_bind().dialect.name)

    def behind(self, position: int, limit: int) -> Sequence[Any]:
        """Entries of all chains in the order of their commits."""
        wanted = select(*self._columns).where(EventRow.position > position)
        return self._session.execute(wanted.order_by(EventRow.position).limit(limit)).all()

    def entries(self, chain: UUID, after: int = 0) -> Iterator[Any]:
        """One chain's entries, page by page."""
        while True:
            wanted = select(*self._columns).where(of_chain(chain), EventRow.position > after)
            page = self._session.execute(wanted.order_by(EventRow.position).limit(_PAGE)).all()
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def chains(self) -> list[UUID]:
        """Every chain that has entries or checkpoints."""
        found = set(self._session.scalars(select(AuditBatchRow.chain).distinct()))
        found |= {
            workspace or INSTALLATION for workspace in self._session.scalars(select(EventRow.workspace_id).distinct())
        }
        return sorted(found)

    def heads(self, chains: Iterable[UUID]) -> dict[UUID, Head]:
        last = (
            select(AuditBatchRow.chain, func.max(AuditBatchRow.number))
            .where(AuditBatchRow.chain.in_(list(chains)))
            .group_by(AuditBatchRow.chain)
        )
        wanted = select(AuditBatchRow.chain, AuditBatchRow.number, AuditBatchRow.digest).where(
            tuple_(AuditBatchRow.chain, AuditBatchRow.number).in_(last)
        )
        return {chain: Head(number, digest) for chain, number, digest in self._session.execute(wanted)}

    def checkpoints(self, chain: UUID) -> Iterator[Checkpoint]:
        """One chain's, page by page."""
        after = -1
        while True:
            wanted = select(*_BATCH_COLUMNS).where(AuditBatchRow.chain == chain, AuditBatchRow.number > after)
            page = self._session.execute(wanted.order_by(AuditBatchRow.number).limit(_BATCHES)).all()
            yield from map(_checkpoint, page)
            if len(page) < _BATCHES:
                return
            after = page[-1].number

    def add(self, rows: Iterable[AuditBatchRow]) -> None:
        self._session.add_all(rows)

    def last(self, chain: UUID) -> Any:
        """The newest checkpoint, or `None`."""
        wanted = select(*_BATCH_COLUMNS).where(AuditBatchRow.chain == chain)
        return self._session.execute(wanted.order_by(AuditBatchRow.number.desc()).limit(1)).first()

    def sealed_until(self, chain: UUID) -> int:
        """The position of the last entry that is sealed."""
        return (
            self._session.scalar(select(func.max(AuditBatchRow.last_position)).where(AuditBatchRow.chain == chain)) or 0
        )


def _checkpoint(row: Any) -> Checkpoint:
    return Checkpoint(
        str(row.chain),
        row.number,
        row.first_position,
        row.last_position,
        row.leaves,
        row.previous,
        row.digest,
        moment(row.sealed_at),
        row.public_key,
        row.signature,
    )
