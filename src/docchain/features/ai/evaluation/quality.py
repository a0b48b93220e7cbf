"""How good models are, as far as it was graded or corrected; for statistics of others."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, distinct, func, select

from docchain.features.ai.evaluation.tables import AiEvaluationRunRow
from docchain.features.ai.learning.tables import AiCorrectionRow
from docchain.platform.work import Work


def quality_by_model(work: Work, since: datetime) -> dict[tuple[str, str], tuple[float, int]]:
    """By provider and model: the mean of its newest score on each evaluation set since then, and how many sets."""
    row = AiEvaluationRunRow
    place = func.row_number().over(
        partition_by=(row.evaluation_id, row.provider, row.model), order_by=(row.created_at.desc(), row.id.desc())
    )
    scored = select(row.provider, row.model, row.score, place.label("place")).where(row.created_at >= since)
    newest = scored.subquery()
    wanted = select(newest.c.provider, newest.c.model, func.avg(newest.c.score), func.count())
    grouped = wanted.where(newest.c.place == 1).group_by(newest.c.provider, newest.c.model)
    return {(told[0], told[1]): (round(told[2], 4), told[3]) for told in work.session.execute(grouped)}


def corrected_runs(work: Work, runs: Select[UUID]) -> int:
    """In how many of some runs people corrected a value."""
    row = AiCorrectionRow
    wanted = select(func.count(distinct(row.run_id))).where(row.run_id.in_(runs))
    return work.session.scalar(wanted) or 0
