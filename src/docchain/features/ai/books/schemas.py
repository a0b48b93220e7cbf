"""What clients see of budgets, calls, usage and known answers."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from docchain.features.ai.cost.domain import OnSoft, Period, Scope
from docchain.platform.model import NO_FLAG, Model
from docchain.platform.pagination import PageQuery

_MOST: Final = 1_000_000
_Money = Annotated[Decimal, Field(ge=0, le=_MOST, max_digits=16, decimal_places=9), NO_FLAG]
_Name = Annotated[str, Field(max_length=100)]
_Model = Annotated[str, Field(max_length=200)]
_EXAMPLE: Final[dict[str, Any]] = {"name": "May", "scope": "workspace", "period": "month", "soft": "8", "hard": "10"}


class BudgetRequest(BaseModel):
    """What may be spent, by whom, in which period; in US dollars."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    name: _Name = ""
    scope: Scope = "workspace"
    scope_id: Annotated[str, Field(max_length=100)] = Field(
        "",
        description="Id or handle of the run or document, id of the workflow, or the provider's name; empty for the "
        "workspace.",
    )
    period: Period = Field("month", description="Days and months are those of UTC; `run` starts anew with each run.")
    soft: _Money | None = Field(None, description="From here on `on_soft` happens.")
    hard: _Money | None = Field(None, description="Never passed: a run that would, is paused.")
    on_soft: OnSoft = Field(
        "warn", description="`warn`: an event; `cheaper`: `cheaper_model`; `person`: somebody asks."
    )
    cheaper_model: _Model = ""

    @model_validator(mode="after")
    def _fits(self) -> "BudgetRequest":
        if (self.scope == "workspace") != (not self.scope_id):
            raise ValueError("give `scope_id` for every scope but the workspace, and none for that")
        if self.soft is None and self.hard is None:
            raise ValueError("give `soft`, `hard`, or both")
        if self.soft is not None and self.hard is not None and self.soft > self.hard:
            raise ValueError("give `soft` no more than `hard`, which is never passed")
        if self.on_soft == "cheaper" and not self.cheaper_model:
            raise ValueError("give `cheaper_model`, which is asked from `soft` on")
        return self


class BudgetChange(BaseModel):
    """Only what is given changes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"hard": "20"}})

    name: _Name | None = None
    soft: _Money | None = None
    hard: _Money | None = None
    on_soft: OnSoft | None = None
    cheaper_model: _Model | None = None


class Budget(Model):
    """A budget, and what its present period took; money is in US dollars."""

    id: UUID
    handle: str
    name: str
    scope: str
    scope_id: str
    period: str
    soft: Decimal | None
    hard: Decimal | None
    on_soft: str
    cheaper_model: str
    currency: str = "USD"
    slot: str = Field(description="The present period, such as `2026-11`; of `run` there is one for each run.")
    spent: Decimal
    unknown: Decimal = Field(description="Of calls whose outcome nobody knows; it counts in full.")
    reserved: Decimal = Field(description="Of calls that are under way.")
    left: Decimal | None = Field(description="Below the hard limit; null where there is none.")
    revision: int
    created_at: datetime
    created_by: str


class Call(Model):
    """One request to a model, or an answer that was known; neither question nor answer is kept here."""

    id: UUID
    provider: str
    model: str
    task: str
    state: str = Field(description="`sending`, `confirmed`, `failed`, `unknown` (counts in full) or `cached`.")
    failure: str | None
    tokens_in: int
    tokens_out: int
    estimated: bool
    cost: Decimal | None = Field(description="In US dollars; null where nobody knows the price.")
    reserved: Decimal
    prompt: str | None
    prompt_version: int | None
    redacted: int
    run_id: UUID | None
    step: str
    attempt: int
    document_id: UUID | None
    workflow_id: UUID | None
    took_ms: int
    began_at: datetime
    settled_at: datetime | None


class UsageLine(Model):
    """What one of a group took."""

    key: str | None = Field(description="Such as a provider's name or a day; null: of none.")
    calls: int
    confirmed: int
    failed: int
    unknown: int
    cached: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    held: Decimal = Field(description="Of calls whose outcome nobody knows, or not yet.")
    mean_ms: int


class UsageTold(Model):
    """What calls took, by a group, and all together; money is in US dollars."""

    group: str
    since: datetime
    until: datetime
    currency: str = "USD"
    hit_rate: float | None = Field(description="Known answers among all that could be; null where nobody asked.")
    items: list[UsageLine]


class CacheTold(Model):
    """What answers are kept, and how often they were of use since they are."""

    entries: int
    bytes: int
    hits: int
    misses: int = Field(description="Remote calls that were made.")
    hit_rate: float | None


class CacheDropped(Model):
    """How many answers were dropped."""

    dropped: int


class CallQuery(PageQuery):
    """Which calls are listed."""

    run: Annotated[str, Field(max_length=100)] | None = None
    document: Annotated[str, Field(max_length=100)] | None = None
    provider: Annotated[str, Field(max_length=40)] | None = None
    state: Literal["sending", "confirmed", "failed", "unknown", "cached"] | None = None


Group = Literal["provider", "model", "task", "state", "run", "document", "workflow", "day", "step"]


def changes_of(body: BudgetChange) -> dict[str, Any]:
    """What was given, even if it is null."""
    return {name: getattr(body, name) for name in body.model_fields_set}
