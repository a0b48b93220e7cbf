"""What is sent to change or execute many workflows at once: one shape for each action."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from docchain.engine.moments import Moment
from docchain.features.runs import Version
from docchain.features.workflows.schemas import (
    MOST_TAGS,
    Tag,
    WorkflowCreate,
    WorkflowSelection,
    WorkflowStatus,
    WorkflowUpdate,
)
from docchain.platform.model import NO_FLAG

_MOST: Final = 10_000
_NEVER: Final = -1
Reference = str | Annotated[int, NO_FLAG]
Tags = Annotated[list[Tag], Field(min_length=1, max_length=MOST_TAGS)]
DryRun = Annotated[bool, Field(strict=True, description="Only tell what would happen.")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BulkTarget(_Part):
    """One of the workflows."""

    workflow: Reference = Field(description="Id, handle or number.", examples=["workflow_1"])
    etag: str | None = Field(
        None, max_length=100, description="Only if it still has this ETag, as `If-Match` would.", examples=['"3"']
    )

    @property
    def reference(self) -> str:
        return str(self.workflow)

    @property
    def revision(self) -> int | None:
        if self.etag is None or self.etag == "*":
            return None
        text = self.etag.strip('"')
        return int(text) if text.isdecimal() and text.isascii() else _NEVER


class ChangedTarget(BulkTarget):
    changes: WorkflowUpdate | None = Field(None, description="Of this one, instead of those for all.")


class ExecutedTarget(BulkTarget):
    inputs: dict[str, Any] = Field({}, description="Of this one, besides those for all.")


class _Targeted(_Part):
    """Those that are named, in their order, or all that match a filter now."""

    filter: WorkflowSelection | None = None
    all: bool = Field(default=False, strict=True, description="Needed where the filter says nothing.")
    dry_run: DryRun = False

    @property
    def targets(self) -> Sequence[BulkTarget] | None:
        """Those that are named, if it is not the filter that chooses."""
        named: Sequence[Reference | BulkTarget] | None = getattr(self, "workflows", None)
        if named is None:
            return None
        return [item if isinstance(item, BulkTarget) else BulkTarget(workflow=item) for item in named]

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.filter is None) == (self.targets is None):
            raise ValueError("give `workflows` or `filter`, one of them")
        if self.filter is not None and not self.all and not self.filter.narrows():
            raise ValueError('the filter chooses all workflows; narrow it, or say `"all": true`')
        return self


_Named = Field(None, min_length=1, max_length=_MOST, description="Ids, handles or numbers, or objects with an ETag.")


class BulkCreate(_Part):
    action: Literal["create"]
    workflows: list[WorkflowCreate] = Field(min_length=1, max_length=_MOST)
    dry_run: DryRun = False


class BulkUpdate(_Targeted):
    action: Literal["update"]
    workflows: list[Reference | ChangedTarget] | None = _Named
    changes: WorkflowUpdate = Field(WorkflowUpdate(), description="Of all; what is left out stays.")

    def changes_of(self, target: BulkTarget) -> WorkflowUpdate:
        own = target.changes if isinstance(target, ChangedTarget) else None
        return self.changes if own is None else own


class BulkTag(_Targeted):
    action: Literal["tag", "untag"]
    workflows: list[Reference | BulkTarget] | None = _Named
    tags: Tags


class BulkStatus(_Targeted):
    action: Literal["status"]
    workflows: list[Reference | BulkTarget] | None = _Named
    status: WorkflowStatus


class BulkExecute(_Targeted):
    action: Literal["execute"]
    workflows: list[Reference | ExecutedTarget] | None = _Named
    inputs: dict[str, Any] = Field({}, description="Of all.", examples=[{"name": "Ana"}])
    version: Version = Field("latest", description="A version by number or label, `draft`, or `latest`.")
    priority: Annotated[int, Field(ge=-10, le=10), NO_FLAG] | None = Field(
        None, description="Higher goes first; default: the definition's."
    )
    start_at: Moment | None = Field(None, description="Not before this moment, with its zone.")

    def inputs_of(self, target: BulkTarget) -> Mapping[str, Any]:
        own = target.inputs if isinstance(target, ExecutedTarget) else {}
        return {**self.inputs, **own}


class BulkRemoval(_Targeted):
    """With `restore`, a filter chooses among the deleted ones."""

    action: Literal["delete", "restore"]
    workflows: list[Reference | BulkTarget] | None = _Named


BulkRequest = Annotated[
    BulkCreate | BulkUpdate | BulkTag | BulkStatus | BulkExecute | BulkRemoval, Field(discriminator="action")
]
