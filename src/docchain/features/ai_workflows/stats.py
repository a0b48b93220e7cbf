"""Figures of AI workflows: their runs, and what models took in them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import ConfigDict, Field

from docchain.features.ai import ModelUse, corrected_runs, quality_by_model, use_by_model
from docchain.features.runs import ai_run_counts, ai_runs
from docchain.platform.model import Model
from docchain.platform.work import Work


class ModelStats(Model):
    """What one model took."""

    provider: str = Field(examples=["local"])
    model: str = Field(examples=["local-1"])
    calls: int = Field(description="Answers from the cache among them.")
    failed: int
    unknown: int = Field(description="Nobody knows whether they were answered; they count in full against budgets.")
    cache_hits: int
    hit_rate: float
    tokens_in: int
    tokens_out: int
    cost: Decimal = Field(description="What is known of it.")
    currency: str = "USD"
    latency_ms: int = Field(description="Mean of the calls that a model answered.")
    quality: float | None = Field(None, description="Mean of its newest scores, one a set; null: not graded.")
    graded_sets: int = Field(0, description="Evaluation sets that it was graded on.")


class AiStats(Model):
    """Runs of AI workflows, and their calls of models."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "since": "2026-10-24T09:30:00Z",
                "runs": {"succeeded": 12, "failed": 1},
                "corrected": 2,
                "calls": 15,
                "cache_hits": 3,
                "hit_rate": 0.2,
                "tokens_in": 0,
                "tokens_out": 0,
                "cost": "0",
                "currency": "USD",
                "models": [],
            }
        }
    )

    since: datetime
    runs: dict[str, int] = Field(description="By status.")
    corrected: int = Field(0, description="Runs in which people corrected a value.")
    calls: int
    cache_hits: int
    hit_rate: float
    tokens_in: int
    tokens_out: int
    cost: Decimal
    currency: str = "USD"
    models: list[ModelStats] = Field(description="By provider and model.")


def stats_of(work: Work, days: int) -> AiStats:
    """Of the last so many days."""
    since = work.now - timedelta(days=days)
    runs = ai_runs(work, since)
    uses, quality = use_by_model(work, runs), quality_by_model(work, since)
    return AiStats(
        since=since,
        runs=dict(ai_run_counts(work, since)),
        corrected=corrected_runs(work, runs),
        calls=sum(use.calls for use in uses),
        cache_hits=sum(use.cache_hits for use in uses),
        hit_rate=_rate(uses),
        tokens_in=sum(use.tokens_in for use in uses),
        tokens_out=sum(use.tokens_out for use in uses),
        cost=sum((use.cost for use in uses), Decimal(0)),
        models=[_shown(use, *quality.get((use.provider, use.model), (None, 0))) for use in uses],
    )


def _shown(use: ModelUse, quality: float | None, sets: int) -> ModelStats:
    return ModelStats(
        provider=use.provider,
        model=use.model,
        calls=use.calls,
        failed=use.failed,
        unknown=use.unknown,
        cache_hits=use.cache_hits,
        hit_rate=_rate([use]),
        tokens_in=use.tokens_in,
        tokens_out=use.tokens_out,
        cost=use.cost,
        latency_ms=use.latency_ms,
        quality=quality,
        graded_sets=sets,
    )


def _rate(uses: Sequence[ModelUse]) -> float:
    calls = sum(use.calls for use in uses)
    return round(sum(use.cache_hits for use in uses) / calls, 4) if calls else 0.0
