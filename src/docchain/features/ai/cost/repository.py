"""Statements of the ledger and of budgets."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from docchain.features.ai.cost.tables import AiBudgetRow, AiBudgetUseRow, AiCallRow
from docchain.platform.pagination import Order, PageRequest, count, take
from docchain.platform.upserts import upsert

Slot = tuple[UUID, str]


class CostRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: AiCallRow) -> None:
        self._session.add(row)

    def call(self, id_: UUID) -> AiCallRow | None:
        return self._session.get(AiCallRow, id_)

    def budgets(self) -> Sequence[AiBudgetRow]:
        """All of the workspace, in the order in which they are reserved on."""
        return self._session.scalars(select(AiBudgetRow).order_by(AiBudgetRow.id)).all()

    def uses(self, slots: Iterable[Slot]) -> dict[Slot, AiBudgetUseRow]:
        wanted = or_(*(self._at(slot) for slot in slots))
        rows = self._session.scalars(select(AiBudgetUseRow).where(wanted).execution_options(populate_existing=True))
        return {(row.budget_id, row.slot): row for row in rows}

    def open_use(self, slot: Slot) -> None:
        blank = {"reserved": 0, "spent": 0, "unknown": 0, "warned": False}
        made = upsert(self._session, AiBudgetUseRow).values(budget_id=slot[0], slot=slot[1], **blank)
        self._session.execute(made.on_conflict_do_nothing())

    def reserve(self, slot: Slot, amount: int, hard: int | None) -> bool:
        """Whether it fits below the limit; then it is reserved."""
        use = AiBudgetUseRow
        fits = [] if hard is None else [use.reserved + use.spent + use.unknown + amount <= hard]
        wanted = update(use).where(self._at(slot), *fits).values(reserved=use.reserved + amount)
        return bool(self._session.execute(wanted.returning(use.slot)).first())

    def settle_use(self, slot: Slot, *, reserved: int, spent: int, unknown: int) -> None:
        use = AiBudgetUseRow
        values = {
            "reserved": case((use.reserved > reserved, use.reserved - reserved), else_=0),
            "spent": use.spent + spent,
            "unknown": use.unknown + unknown,
        }
        self._session.execute(update(use).where(self._at(slot)).values(values))

    def warn(self, slot: Slot) -> bool:
        """Whether nobody was told yet of this period."""
        wanted = update(AiBudgetUseRow).where(self._at(slot), AiBudgetUseRow.warned.is_(False)).values(warned=True)
        return bool(self._session.execute(wanted.returning(AiBudgetUseRow.slot)).first())

    def is_sending(self) -> bool:
        """Whether any call has no outcome."""
        return self._session.scalar(select(AiCallRow.id).where(AiCallRow.state == "sending").limit(1)) is not None

    def sending(self, before: datetime, limit: int) -> Sequence[AiCallRow]:
        wanted = select(AiCallRow).where(AiCallRow.state == "sending", AiCallRow.began_at < before).limit(limit)
        return self._session.scalars(wanted.order_by(AiCallRow.began_at).with_for_update(skip_locked=True)).all()

    def calls(self, request: PageRequest, where: Mapping[str, Any]) -> tuple[list[AiCallRow], str | None, int | None]:
        wanted = select(AiCallRow).where(*(getattr(AiCallRow, name) == value for name, value in where.items()))
        rows, cursor = take(self._session, wanted, Order(AiCallRow.began_at, AiCallRow.id), request)
        return rows, cursor, count(self._session, wanted) if request.total else None

    def usage(self, column: Any, since: datetime, until: datetime) -> Sequence[Any]:
        """Sums by what is grouped by: calls by state, tokens, money."""
        row = AiCallRow
        states = [func.sum(case((row.state == state, 1), else_=0)) for state in STATES]
        sums = [func.coalesce(func.sum(part), 0) for part in (row.tokens_in, row.tokens_out, row.cost, _held(row))]
        wanted: Select[Any] = select(column, *states, *sums, func.coalesce(func.avg(row.took_ms), 0))
        wanted = wanted.where(row.began_at >= since, row.began_at < until).group_by(column).order_by(column)
        return self._session.execute(wanted.limit(1_000)).all()

    def _at(self, slot: Slot) -> Any:
        return and_(AiBudgetUseRow.budget_id == slot[0], AiBudgetUseRow.slot == slot[1])


STATES = ("sending", "confirmed", "failed", "unknown", "cached")


def _held(row: type[AiCallRow]) -> Any:
    return case((row.state.in_(("unknown", "sending")), row.reserved), else_=0)
