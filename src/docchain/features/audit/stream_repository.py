"""Statements on streams, rules and alerts, and on the entries that they follow."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from docchain.features.audit.entry_repository import COLUMNS
from docchain.features.audit.report_repository import of_types
from docchain.features.audit.repository import of_chain
from docchain.features.audit.tables import AuditAlertRow, AuditRuleRow, AuditStreamRow
from docchain.platform.events import EventRow
from docchain.platform.ids import parse_reference
from docchain.platform.pagination import Order, PageRequest, count, take

Kept = AuditStreamRow | AuditRuleRow | AuditAlertRow
K = TypeVar("K", AuditStreamRow, AuditRuleRow, AuditAlertRow)


class KeptRepository:
    """Takes the session of a work of a workspace, or of the system, which sees all."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: Kept) -> None:
        self._session.add(row)

    def remove(self, row: Kept) -> None:
        self._session.delete(row)

    def find(self, table: type[K], reference: str, kind: str) -> K | None:
        key = parse_reference(reference, kind)
        if key is None:
            return None
        column = table.id if isinstance(key, UUID) else table.number
        return self._session.scalar(select(table).where(column == key).with_for_update())

    def page(self, table: type[K], order: Order, request: PageRequest) -> tuple[list[K], str | None, int | None]:
        statement = select(table)
        rows, cursor = take(self._session, statement, order, request)
        return rows, cursor, count(self._session, statement) if request.total else None

    def count(self, table: type[K]) -> int:
        return self._session.scalar(select(func.count()).select_from(table)) or 0

    def all(self, table: type[K]) -> Sequence[K]:
        return self._session.scalars(select(table).order_by(table.id)).all()

    def some(self, table: type[K], ids: Iterable[UUID]) -> Sequence[K]:
        """To change them: others wait."""
        return self._session.scalars(select(table).where(table.id.in_(list(ids))).with_for_update()).all()

    def entries(self, of: Sequence[UUID], after: int, types: Sequence[str], limit: int) -> Sequence[Any]:
        """Of some chains together, oldest first."""
        wanted = select(*COLUMNS).where(or_(*map(of_chain, of)), EventRow.position > after)
        if types:
            wanted = wanted.where(of_types(types))
        return self._session.execute(wanted.order_by(EventRow.position).limit(limit)).all()

    def behind(self, position: int, limit: int, types: Sequence[str] = ()) -> Sequence[Any]:
        wanted = select(*COLUMNS).where(EventRow.position > position)
        if types:
            wanted = wanted.where(of_types(types))
        return self._session.execute(wanted.order_by(EventRow.position).limit(limit)).all()
