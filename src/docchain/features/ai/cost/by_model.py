"""What calls of some runs took, by provider and model."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select

from docchain.features.ai.cost import domain
from docchain.features.ai.cost.tables import AiCallRow
from docchain.platform.work import Work


@dataclass(frozen=True, slots=True)
class ModelUse:
    """`cost` is what is known of it; `latency_ms` the mean of calls that were answered."""

    provider: str
    model: str
    calls: int
    cache_hits: int
    failed: int
    unknown: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    latency_ms: int


def use_by_model(work: Work, runs: Select[UUID]) -> list[ModelUse]:
    row = AiCallRow
    counts = [_count(row.state == state) for state in ("cached", "failed", "unknown")]
    sums = [func.coalesce(func.sum(part), 0) for part in (row.tokens_in, row.tokens_out, row.cost)]
    took = func.coalesce(func.avg(case((row.state == "confirmed", row.took_ms))), 0)
    wanted = select(row.provider, row.model, func.count(), *counts, *sums, took)
    grouped = wanted.where(row.run_id.in_(runs)).group_by(row.provider, row.model).order_by(row.provider, row.model)
    return [_use(told) for told in work.session.execute(grouped)]


def _use(told: Any) -> ModelUse:
    provider, model, calls, cached, failed, unknown, tokens_in, tokens_out, cost, took = told
    tokens = int(tokens_in), int(tokens_out)
    return ModelUse(provider, model, calls, cached, failed, unknown, *tokens, domain.money(int(cost)), round(took))


def _count(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
