"""Approvals: steps that ask people, and the inbox where people answer."""

from docchain.features.approvals.reader import ApprovalReader
from docchain.features.approvals.retention import drop_approvals
from docchain.features.approvals.schemas import AnswerRequest, Approval, ApprovalFilter
from docchain.features.approvals.service import ApprovalService
from docchain.features.approvals.steps import HumanApproval, approval_kinds

__all__ = [
    "AnswerRequest",
    "Approval",
    "ApprovalFilter",
    "ApprovalReader",
    "ApprovalService",
    "HumanApproval",
    "approval_kinds",
    "drop_approvals",
]
