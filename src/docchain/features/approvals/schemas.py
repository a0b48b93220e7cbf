"""What the doors say and hear about approvals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from docchain.features.approvals.form import FormField
from docchain.features.runs import Handed
from docchain.platform.model import Model
from docchain.platform.pagination import PageQuery

ApprovalStatus = Literal["pending", "approved", "rejected", "expired", "cancelled"]

_APPROVAL: Final[dict[str, Any]] = {
    "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
    "handle": "approval_3",
    "run_id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e0f",
    "step": "approve",
    "title": "Invoice 2026-114 over 1,000 EUR",
    "message": "Check the total against the order.",
    "assignees": ["role:finance"],
    "escalated": False,
    "form": {"cost_centre": {"type": "enum", "title": "Cost centre", "required": True, "options": ["A", "B"]}},
    "data": {"total": {"amount": "1210.00", "currency": "EUR"}},
    "document": None,
    "status": "pending",
    "created_at": "2026-11-22T09:30:00Z",
    "expires_at": "2026-11-25T09:30:00Z",
    "comment": "",
    "values": {},
    "answered_by": None,
    "settled_at": None,
    "omitted": [],
}


class AnswerRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"decision": "approve", "comment": "Fits the order", "values": {"cost_centre": "A"}}
        },
    )

    decision: Literal["approve", "reject"]
    comment: str = Field("", max_length=10_000)
    values: Handed[dict[str, Any]] = Field({}, description="What the form asks for; a rejection may leave it empty.")


@dataclass(frozen=True, slots=True)
class ApprovalFilter:
    statuses: Sequence[str] = ()
    mine: bool = False
    run_id: UUID | None = None


class ApprovalQuery(PageQuery):
    """How a list of approvals is asked for."""

    status: list[ApprovalStatus] = Field(
        [], max_length=20, description="One or more; repeat the parameter.", examples=[["pending"]]
    )
    mine: bool = Field(default=False, description="Only those that ask me, by name or by role.")
    run_id: UUID | None = None
    sort: Literal["created_at", "-created_at"] = "-created_at"

    def filter(self) -> ApprovalFilter:
        return ApprovalFilter(self.status, self.mine, self.run_id)


class Approval(Model):
    """A question to people, asked by a step that waits for the answer."""

    model_config = ConfigDict(json_schema_extra={"example": _APPROVAL})

    id: UUID
    handle: str
    run_id: UUID
    step: str
    title: str
    message: str
    assignees: list[str] = Field(description="`user:<name>`, `role:<name>`, or `anyone` who may answer approvals.")
    escalated: bool
    form: dict[str, FormField]
    data: Any = Field(None, description="What to look at.")
    document: Any = Field(None, description="The document to look at.")
    status: ApprovalStatus
    created_at: datetime
    expires_at: datetime | None
    comment: str
    values: dict[str, Any]
    answered_by: str | None
    settled_at: datetime | None
    omitted: list[Literal["message", "assignees", "form", "data", "document", "comment", "values"]] = Field(
        default_factory=list, description="Too long for a list, so empty here; the approval's own page has them."
    )
