"""Two runs of a set beside each other."""

from docchain.features.ai.evaluation.domain import SHARE
from docchain.features.ai.evaluation.schemas import Comparison, EvaluationRun, ScoreChange


def compared(before: EvaluationRun, after: EvaluationRun) -> Comparison:
    """What got worse and better, over the examples that both graded; the worst fall first."""
    known = {one.example: one for one in before.results}
    both = [(known[one.example], one) for one in after.results if one.example in known]
    changes = [
        ScoreChange(
            example=new.example,
            number=new.number,
            expected=new.expected,
            before=old.got,
            after=new.got,
            score_before=old.score,
            score_after=new.score,
        )
        for old, new in both
        if abs(old.score - new.score) > SHARE
    ]
    changes.sort(key=lambda one: (one.score_after - one.score_before, one.number))
    return Comparison(
        from_=before.id,
        to=after.id,
        score_before=before.score,
        score_after=after.score,
        worse=[one for one in changes if one.score_after < one.score_before],
        better=[one for one in changes if one.score_after > one.score_before],
        same=len(both) - len(changes),
    )
