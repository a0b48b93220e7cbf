"""Budgets as people keep them, and what calls took; every change is an event."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from docchain.features.ai.books.errors import BudgetChanged, BudgetExists, BudgetNotFound, TooManyBudgets
from docchain.features.ai.books.repository import BookRepository
from docchain.features.ai.books.schemas import (
    Budget,
    BudgetChange,
    BudgetRequest,
    CacheTold,
    Call,
    UsageLine,
    UsageTold,
    changes_of,
)
from docchain.features.ai.books.scopes import scope_id_of
from docchain.features.ai.caching.repository import AnswerRepository
from docchain.features.ai.cost import domain
from docchain.features.ai.cost.repository import CostRepository
from docchain.features.ai.cost.tables import AiBudgetRow, AiBudgetUseRow, AiCallRow
from docchain.platform.errors import Invalid
from docchain.platform.handles import next_number, wait_for_turn
from docchain.platform.ids import Handle, new_id
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.preconditions import Expected
from docchain.platform.work import Work

_MOST: Final = 200
_MONEY: Final = frozenset({"soft", "hard"})


class BudgetService:
    """Works in any transaction of a workspace."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = BookRepository(work.session)

    def page(self, request: PageRequest) -> Page[Budget]:
        rows, cursor, total = self._rows.page(request)
        return Page[Budget](items=self._shown(rows), next_cursor=cursor, total=total)

    def read(self, reference: str) -> Budget:
        return self._shown([self._found(reference)])[0]

    def create(self, wanted: BudgetRequest) -> Budget:
        """Raises `BudgetExists` where there is one for the same, and `TooManyBudgets`."""
        scope_id = scope_id_of(self._work, wanted.scope, wanted.scope_id)
        wait_for_turn(self._work, domain.BUDGET)
        if same := self._rows.same(wanted.scope, scope_id, wanted.period):
            handle = Handle(domain.BUDGET, same.number)
            raise BudgetExists(f"{handle} is for the same.", hint=f"Change it with PATCH /ai/budgets/{handle}.")
        if self._rows.number_of() >= _MOST:
            raise TooManyBudgets(f"There are {_MOST} budgets.", hint="Delete one.")
        row = AiBudgetRow(
            id=new_id(),
            number=next_number(self._work, domain.BUDGET),
            name=wanted.name,
            scope=wanted.scope,
            scope_id=scope_id,
            period=wanted.period,
            soft=_nanos(wanted.soft),
            hard=_nanos(wanted.hard),
            on_soft=wanted.on_soft,
            cheaper_model=wanted.cheaper_model,
            revision=1,
            created_at=self._work.now,
            created_by=self._work.actor.name,
        )
        self._rows.add(row)
        return self._told("created", row)

    def change(self, reference: str, wanted: BudgetChange, expected: Expected) -> Budget:
        row = self._to_change(reference, expected)
        for name, value in changes_of(wanted).items():
            if value is None and name not in _MONEY:
                raise Invalid(f"{name}: cannot be null")
            setattr(row, name, _nanos(value) if name in _MONEY else value)
        if row.soft is None and row.hard is None:
            raise Invalid("A budget has `soft`, `hard`, or both.", hint="Delete it instead.")
        if row.soft is not None and row.hard is not None and row.soft > row.hard:
            raise Invalid("`soft` is more than `hard`, which is never passed.", hint="Give both, soft below hard.")
        if row.on_soft == "cheaper" and not row.cheaper_model:
            raise Invalid("A budget that takes a cheaper model has `cheaper_model`.", hint="Name the model.")
        row.revision += 1
        return self._told("changed", row)

    def delete(self, reference: str, expected: Expected) -> None:
        row = self._to_change(reference, expected)
        self._told("deleted", row)
        self._rows.remove(row)

    def _to_change(self, reference: str, expected: Expected) -> AiBudgetRow:
        row = self._found(reference, to_change=True)
        expected.check(row.revision, BudgetChanged(f"It is at revision {row.revision}.", hint="Read it again."))
        return row

    def _found(self, reference: str, *, to_change: bool = False) -> AiBudgetRow:
        row = self._rows.find(reference, domain.BUDGET, to_change=to_change)
        if row is None:
            raise BudgetNotFound(f"There is no budget {reference[:100]!r}.", hint="GET /ai/budgets lists them.")
        return row

    def _told(self, what: str, row: AiBudgetRow) -> Budget:
        shown = self._shown([row])[0]
        told = shown.model_dump(mode="json", include={"handle", "name", "scope", "scope_id", "period", "soft", "hard"})
        self._work.emit(f"ai.budget_{what}", domain.BUDGET, row.id, told)
        return shown

    def _shown(self, rows: Sequence[AiBudgetRow]) -> list[Budget]:
        slots = {row.id: domain.slot(row.period, self._work.now, None) for row in rows}
        uses = CostRepository(self._work.session).uses(slots.items()) if rows else {}
        return [_budget(row, slots[row.id], uses.get((row.id, slots[row.id]))) for row in rows]


class UsageService:
    """What calls took."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def usage(self, group: str, since: datetime, until: datetime) -> UsageTold:
        rows = BookRepository(self._work.session).usage(group, since, until)
        items = [_line(row) for row in rows]
        known, made = sum(item.cached for item in items), sum(item.confirmed for item in items)
        return UsageTold(group=group, since=since, until=until, hit_rate=_rate(known, made), items=items)

    def calls(self, request: PageRequest, where: dict[str, Any]) -> Page[Call]:
        rows, cursor, total = CostRepository(self._work.session).calls(request, where)
        return Page[Call](items=[_call(row) for row in rows], next_cursor=cursor, total=total)

    def cache(self) -> CacheTold:
        sums, misses = AnswerRepository(self._work.session).sums(), BookRepository(self._work.session).made()
        rate = _rate(sums.hits, misses)
        return CacheTold(entries=sums.entries, bytes=sums.bytes, hits=sums.hits, misses=misses, hit_rate=rate)

    def drop(self, document: UUID | None) -> int:
        """Forget answers, all or those about a document; how many."""
        dropped = AnswerRepository(self._work.session).drop(document)
        told = {"dropped": dropped, "document_id": str(document) if document else None}
        self._work.emit("ai.cache_dropped", "ai_cache", self._work.workspace_id, told)
        return dropped


def _nanos(money: Decimal | None) -> int | None:
    return None if money is None else domain.nanos(money)


def _money(nano: int | None) -> Decimal | None:
    return None if nano is None else domain.money(nano)


def _rate(known: int, made: int) -> float | None:
    return round(known / (known + made), 4) if known + made else None


def _budget(row: AiBudgetRow, slot: str, use: AiBudgetUseRow | None) -> Budget:
    used = (use.spent, use.unknown, use.reserved) if use is not None else (0, 0, 0)
    spent, unknown, reserved = map(domain.money, used)
    return Budget(
        id=row.id,
        handle=str(Handle(domain.BUDGET, row.number)),
        name=row.name,
        scope=row.scope,
        scope_id=row.scope_id,
        period=row.period,
        soft=_money(row.soft),
        hard=_money(row.hard),
        on_soft=row.on_soft,
        cheaper_model=row.cheaper_model,
        slot=slot if row.period != "run" else "run",
        spent=spent,
        unknown=unknown,
        reserved=reserved,
        left=_money(domain.free(row.hard, used)),
        revision=row.revision,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _call(row: AiCallRow) -> Call:
    told = {name: getattr(row, name) for name in Call.model_fields if name not in ("cost", "reserved")}
    return Call(**told, cost=_money(row.cost), reserved=domain.money(row.reserved))


def _line(row: Any) -> UsageLine:
    key, sending, confirmed, failed, unknown, cached, tokens_in, tokens_out, cost, held, took = row
    counts = [int(part) for part in (sending, confirmed, failed, unknown, cached)]
    return UsageLine(
        key=None if key is None else str(key),
        calls=sum(counts),
        confirmed=counts[1],
        failed=counts[2],
        unknown=counts[3],
        cached=counts[4],
        tokens_in=int(tokens_in),
        tokens_out=int(tokens_out),
        cost=domain.money(int(cost)),
        held=domain.money(int(held)),
        mean_ms=int(took),
    )
