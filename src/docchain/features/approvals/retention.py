"""What retention leaves of approvals: nothing of a deleted run; of one without payload, who decided what and when."""

from collections.abc import Sequence
from uuid import UUID

from docchain.features.approvals.repository import ApprovalRepository
from docchain.platform.work import Work


def drop_approvals(work: Work, purged: Sequence[UUID], deleted: Sequence[UUID]) -> None:
    """Told in the transaction that drops the runs."""
    approvals = ApprovalRepository(work.session)
    approvals.purge(purged)
    approvals.delete(deleted)
