"""What an order for many workflows answers: one result for each of them."""

from collections.abc import Iterable
from typing import Self

from pydantic import ConfigDict, Field

from docchain.engine.definition import DefinitionError
from docchain.features.workflows.bulk_errors import DefinitionRefused
from docchain.features.workflows.definition_schemas import ValidationFault
from docchain.platform.errors import Refusal
from docchain.platform.model import Model


class BulkProblem(Model):
    """Why one of them was refused, as the problem document of a single request would tell."""

    type: str = Field(examples=["urn:docchain:problem:workflow_not_found"])
    title: str
    status: int
    detail: str
    code: str
    errors: list[ValidationFault] = Field([])
    hint: str | None = None

    @classmethod
    def of(cls, error: Refusal | DefinitionError) -> Self:
        refusal = DefinitionRefused(error.faults) if isinstance(error, DefinitionError) else error
        return cls(
            type=f"urn:docchain:problem:{refusal.code}",
            title=refusal.title,
            status=refusal.status,
            detail=refusal.detail,
            code=refusal.code,
            errors=[
                ValidationFault(path=fault.path, code=fault.code, message=fault.message, node=fault.node or None)
                for fault in refusal.errors
            ],
            hint=refusal.hint or None,
        )


class BulkItem(Model):
    """What became of one of them."""

    index: int = Field(description="Its place among those that were named, or that match.")
    status: int = Field(description="What the request for it alone would have answered.", examples=[200])
    workflow: str | None = Field(None, description="Its handle, where there is one.", examples=["workflow_1"])
    etag: str | None = Field(None, examples=['"4"'])
    run: str | None = Field(None, description="The run that was started.", examples=["run_7"])
    error: BulkProblem | None = None


class BulkResult(Model):
    """What became of all of them; those that were refused do not keep the others from it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "action": "tag",
                "dry_run": False,
                "total": 2,
                "succeeded": 1,
                "failed": 1,
                "items": [
                    {"index": 0, "status": 200, "workflow": "workflow_1", "etag": '"4"', "run": None, "error": None},
                    {
                        "index": 1,
                        "status": 404,
                        "workflow": None,
                        "etag": None,
                        "run": None,
                        "error": {
                            "type": "urn:docchain:problem:workflow_not_found",
                            "title": "There is no such workflow",
                            "status": 404,
                            "detail": "There is no workflow workflow_9 in this workspace.",
                            "code": "workflow_not_found",
                            "errors": [],
                            "hint": "GET /workflows lists them.",
                        },
                    },
                ],
            }
        }
    )

    action: str
    dry_run: bool = Field(description="Nothing happened: this is what would.")
    total: int
    succeeded: int
    failed: int
    items: list[BulkItem]

    @classmethod
    def told(cls, action: str, items: Iterable[BulkItem], *, dry_run: bool) -> Self:
        told = sorted(items, key=lambda item: item.index)
        failed = sum(item.error is not None for item in told)
        return cls(
            action=action, dry_run=dry_run, total=len(told), succeeded=len(told) - failed, failed=failed, items=told
        )


def refused(index: int, error: Refusal | DefinitionError, workflow: str | None = None) -> BulkItem:
    problem = BulkProblem.of(error)
    return BulkItem(index=index, status=problem.status, workflow=workflow, error=problem)
