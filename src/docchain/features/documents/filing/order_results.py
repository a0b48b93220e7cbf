"""What an order for many documents answers: one result for each of them."""

from collections.abc import Sequence
from typing import Any, Final, Self

from pydantic import ConfigDict, Field

from docchain.platform.errors import Refusal
from docchain.platform.model import Model

_HELD: Final[dict[str, Any]] = {
    "type": "urn:docchain:problem:document_held",
    "title": "The document is under legal hold",
    "status": 409,
    "detail": "document_2 is held: Case 2026/114",
    "code": "document_held",
    "errors": [],
    "hint": "Release it first: DELETE /documents/document_2/hold.",
}


class OrderFault(Model):
    path: str
    message: str
    code: str


class OrderProblem(Model):
    """Why one of them was refused, as the problem document of a single request would tell."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[OrderFault] = Field([])
    hint: str | None = None


class OrderItem(Model):
    """What became of one of them."""

    index: int = Field(description="Its place among those that were named, or that match.")
    status: int = Field(description="What the request for it alone would have answered.", examples=[200])
    document: str | None = Field(None, examples=["document_1"])
    etag: str | None = Field(None, examples=['"4"'])
    error: OrderProblem | None = None

    @classmethod
    def refused(cls, index: int, error: Refusal, document: str | None) -> Self:
        faults = [OrderFault(path=fault.path, message=fault.message, code=fault.code) for fault in error.errors]
        problem = OrderProblem(
            type=f"urn:docchain:problem:{error.code}",
            title=error.title,
            status=error.status,
            detail=error.detail,
            code=error.code,
            errors=faults,
            hint=error.hint or None,
        )
        return cls(index=index, status=error.status, document=document, error=problem)


class OrderResult(Model):
    """What became of all of them; those that were refused do not keep the others from it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "action": "delete",
                "dry_run": False,
                "total": 2,
                "succeeded": 1,
                "failed": 1,
                "items": [
                    {"index": 0, "status": 200, "document": "document_1", "etag": '"4"', "error": None},
                    {"index": 1, "status": 409, "document": "document_2", "etag": None, "error": _HELD},
                ],
            }
        },
    )

    action: str
    dry_run: bool = Field(description="Nothing happened: this is what would.")
    total: int
    succeeded: int
    failed: int
    items: list[OrderItem]

    @classmethod
    def told(cls, action: str, items: Sequence[OrderItem], *, dry_run: bool) -> Self:
        failed = sum(item.error is not None for item in items)
        return cls(
            action=action,
            dry_run=dry_run,
            total=len(items),
            succeeded=len(items) - failed,
            failed=failed,
            items=list(items),
        )
