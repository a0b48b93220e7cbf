"""What the doors say and hear about corrections."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from docchain.features.documents import DocumentRef
from docchain.platform.model import NO_FLAG, Model
from docchain.platform.pagination import PageQuery

MOST_FIELDS: Final = 100
MOST_SCHEMA: Final = 100
_LONGEST: Final = 2_000
Origin = Literal["person", "approval"]
State = Literal["waiting", "kept", "refused", "withdrawn"]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST)]
_Number = Annotated[float, Field(ge=-1e15, le=1e15), NO_FLAG]
Reference = Annotated[str, Field(min_length=1, max_length=100)]
_CORRECTION: Final[dict[str, Any]] = {
    "document": "document_1",
    "schema": "invoice",
    "fields": {"number": "2026-114", "total": {"amount": "1210.00", "currency": "EUR"}, "due_date": None},
}


class MoneySaid(BaseModel):
    """An amount."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[str, StringConstraints(pattern=r"^-?\d{1,15}(\.\d{1,6})?$")]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None


class CorrectionRequest(BaseModel):
    """What a paper really says, of fields that were read wrong; null where it says nothing."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _CORRECTION})

    document: Reference = Field(description="The document, by id or handle.")
    schema_: Annotated[str, Field(max_length=40)] | Annotated[dict[str, Any], Field(max_length=MOST_SCHEMA)] = Field(
        alias="schema", description="The schema that the fields are of: a preset's name, or `fields` by name."
    )
    fields: Annotated[dict[_Name, _Text | _Number | MoneySaid | None], Field(min_length=1, max_length=MOST_FIELDS)]
    run: Reference | None = Field(None, description="The run that read it wrong, if one did.")
    step: Annotated[str, Field(max_length=200)] = Field("", description="The step that did.")

    def values(self) -> dict[str, Any]:
        """The fields as plain data."""
        told: dict[str, Any] = self.model_dump(mode="json")["fields"]
        return told


class CorrectedField(Model):
    """A field: what was read, what is right, and where that stands."""

    before: Any = Field(None, description="What the rules read, without what was learned.")
    value: Any = Field(None, description="What is right; null: the paper does not say it.")
    page: int | None = None
    box: tuple[float, float, float, float] | None = None


class Correction(Model):
    """A paper that a person corrected."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    handle: str
    document: DocumentRef | None
    schema_: Any = Field(alias="schema")
    schema_key: str = Field(description="The same for every way to write the schema; finds its examples.")
    fields: dict[str, CorrectedField]
    refused: dict[str, str] = Field(description="Fields that teach nothing, and why; only of answers to approvals.")
    state: State
    origin: Origin
    approval_id: UUID | None
    run_id: UUID | None
    step: str
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class CorrectionQuery(PageQuery):
    """Which corrections are listed."""

    document: Reference | None = None
    schema_key: Annotated[str, Field(max_length=64)] | None = None
    state: State | None = None
    origin: Origin | None = None


class ExampleLine(Model):
    """A document and what of it is known to be right: a line of an evaluation set."""

    input: DocumentRef
    expected: dict[str, Any]
