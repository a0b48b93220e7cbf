"""What people filled in for approvals, noted in the transaction of their answer, so that none is lost or told twice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from docchain.features.ai.learning.repository import KIND
from docchain.features.ai.learning.service import WAITING, CorrectionService, handle_of
from docchain.platform.work import Work


@dataclass(frozen=True, slots=True)
class Review:
    """An answer with values: to which approval of which run, about which document, by whom."""

    approval: UUID
    run: UUID
    document: Any
    values: dict[str, Any]
    by: str
    at: datetime


def note_review(work: Work, review: Review) -> None:
    """Keep an answer until somebody finds out which extraction it corrects, if it corrects one."""
    row = CorrectionService(work).note(
        state=WAITING,
        origin="approval",
        approval_id=review.approval,
        run_id=review.run,
        document=review.document,
        fields={name: {"value": value} for name, value in review.values.items()},
        created_by=review.by,
        created_at=review.at,
    )
    work.emit("ai.correction_waiting", KIND, row.id, {"correction": handle_of(row)})
