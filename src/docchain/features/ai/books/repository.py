"""Statements on budgets, and sums over calls."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from docchain.features.ai.cost.repository import CostRepository
from docchain.features.ai.cost.tables import AiBudgetRow, AiCallRow
from docchain.platform.ids import parse_reference
from docchain.platform.pagination import Order, PageRequest, count, take

_COLUMNS = {"run": AiCallRow.run_id, "document": AiCallRow.document_id, "workflow": AiCallRow.workflow_id}


class BookRepository:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._calls = CostRepository(session)

    def add(self, row: AiBudgetRow) -> None:
        self._session.add(row)
        self._session.flush()

    def remove(self, row: AiBudgetRow) -> None:
        self._session.delete(row)

    def find(self, reference: str, kind: str, *, to_change: bool = False) -> AiBudgetRow | None:
        key = parse_reference(reference, kind)
        if key is None:
            return None
        column = AiBudgetRow.id if isinstance(key, UUID) else AiBudgetRow.number
        wanted = select(AiBudgetRow).where(column == key)
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def same(self, scope: str, scope_id: str, period: str) -> AiBudgetRow | None:
        """One for the same, which there must not be twice."""
        row = AiBudgetRow
        wanted = select(row).where(row.scope == scope, row.scope_id == scope_id, row.period == period)
        return self._session.scalar(wanted)

    def page(self, request: PageRequest) -> tuple[list[AiBudgetRow], str | None, int | None]:
        wanted = select(AiBudgetRow)
        rows, cursor = take(self._session, wanted, Order(AiBudgetRow.created_at, AiBudgetRow.id), request)
        return rows, cursor, count(self._session, wanted) if request.total else None

    def number_of(self) -> int:
        return self._session.scalar(select(func.count()).select_from(AiBudgetRow)) or 0

    def usage(self, group: str, since: datetime, until: datetime) -> Sequence[Any]:
        """Sums by a group; see `CostRepository.usage` for what is in a row."""
        column: Any = func.date(AiCallRow.began_at) if group == "day" else _COLUMNS.get(group)
        return self._calls.usage(getattr(AiCallRow, group) if column is None else column, since, until)

    def made(self) -> int:
        """Calls of remote models that were answered."""
        row = AiCallRow
        wanted = select(func.count()).where(row.provider != "local", row.state == "confirmed")
        return self._session.scalar(wanted) or 0
