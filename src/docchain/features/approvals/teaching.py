"""What people fill in may correct what was read; its one rule: told in the transaction of the answer, never apart."""

from docchain.features.approvals.domain import APPROVED
from docchain.features.approvals.tables import ApprovalRow
from docchain.platform.work import Work


def tell_values(work: Work, row: ApprovalRow) -> None:
    """Hand an answer with values to whoever learns from corrections."""
    if row.status != APPROVED or not row.values or row.settled_at is None:
        return
    from docchain.features.ai import Review, note_review  # noqa: PLC0415 - nothing of AI before the first such answer

    by = row.answered_by or work.actor.name
    note_review(work, Review(row.id, row.run_id, row.document, row.values, by, row.settled_at))
