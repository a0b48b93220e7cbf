"""What clients say and see of prompts, their versions and labels."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from docchain.features.ai.prompts.domain import PRODUCTION, VariableType
from docchain.features.runs import VersionLabel
from docchain.platform.model import NO_FLAG, Model
from docchain.platform.pagination import PageQuery

MOST_TEXT: Final = 100_000
MOST_VARIABLES: Final = 100
Number = Annotated[int, Field(ge=1, le=2_147_483_647), NO_FLAG]
PromptVersionName = Annotated[
    Number | VersionLabel,
    Field(description="A version by number or label; `latest`: the newest.", examples=["latest", 3, "production"]),
]
PromptName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$"),
    Field(description="Small letters, digits, `_` and `-`; what steps name it by.", examples=["invoice_summary"]),
]
VariableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Tag = Annotated[str, StringConstraints(pattern=r"^[^\s,]([^\x00-\x1f,]{0,48}[^\s,])?$")]
Tags = Annotated[list[Tag], Field(max_length=20)]
Text = Annotated[str, Field(max_length=MOST_TEXT)]
Note = Annotated[str, Field(max_length=2_000, description="For people: what is new.", examples=["Asks for the total"])]
VERSION: Final[dict[str, Any]] = {
    "text": "Summarize this invoice for {{ reader }} in {{ sentences }} sentences:\n{{ invoice }}",
    "system": "You write for accountants.",
    "variables": {
        "reader": {"type": "text", "default": "the manager"},
        "sentences": {"type": "number", "default": 3},
        "invoice": {"type": "document", "description": "What is summarized."},
    },
    "temperature": 0.2,
    "notes": "Names the reader",
}
NEXT_VERSION: Final[dict[str, Any]] = {
    **VERSION,
    "system": "You write for accountants, in plain words.",
    "notes": "Plainer",
}
PROMPT: Final[dict[str, Any]] = {
    "name": "invoice_summary",
    "description": "For those who approve.",
    "tags": ["invoice"],
}


class Variable(BaseModel):
    """What stands for a name in a prompt."""

    model_config = ConfigDict(extra="forbid")

    type: VariableType = "text"
    required: bool = Field(default=True, description="Whether it must be given where there is no default.")
    default: Any = Field(None, description="Taken where it is not given.")
    description: Annotated[str, Field(max_length=1_000)] = ""
    values: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=200)] = Field(
        [], description="Of an `enum`: one of these."
    )


class VersionRequest(BaseModel):
    """A version that is to be saved; it never changes afterwards."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": NEXT_VERSION})

    text: Annotated[Text, Field(min_length=1, description="With variables as `{{ name }}`.")]
    system: Annotated[Text, Field(description="How the model is to behave; it may name variables, too.")] = ""
    variables: Annotated[dict[VariableName, Variable], Field(max_length=MOST_VARIABLES)] = {}
    output_schema: dict[str, Any] | None = Field(None, description="JSON Schema of the answer's value.")
    provider: Annotated[str, Field(max_length=40, description="Asked where a step names none.")] = ""
    model: Annotated[str, Field(max_length=200, description="The same.")] = ""
    temperature: Annotated[float, Field(ge=0, le=2), NO_FLAG] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000), NO_FLAG] | None = None
    notes: Note = ""


class PromptRequest(BaseModel):
    """A prompt that is to be kept, perhaps with its first version."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {**PROMPT, "version": VERSION}})

    name: PromptName
    description: Annotated[str, Field(max_length=2_000)] = ""
    tags: Tags = []
    version: VersionRequest | None = Field(None, description="Saved as version 1.")


class PromptChange(BaseModel):
    """Only what is given changes; steps that name a prompt by a name that it had find it no more."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"tags": ["invoice", "es"]}})

    name: PromptName | None = None
    description: Annotated[str, Field(max_length=2_000)] | None = None
    tags: Tags | None = None


class LabelRequest(BaseModel):
    """Which version a label is to stand for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": 2}})

    version: PromptVersionName


class PublishRequest(BaseModel):
    """Which version is to be the one that steps take."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": 2}})

    version: PromptVersionName
    label: VersionLabel = PRODUCTION
    force: bool = Field(default=False, description="Publish whatever the gate says; then `reason` is needed.")
    reason: Annotated[str, Field(max_length=1_000)] = ""

    @model_validator(mode="after")
    def _reasoned(self) -> "PublishRequest":
        if self.force and not self.reason.strip():
            raise ValueError("give a `reason` with `force`: it is kept in the audit")
        return self


class RenderRequest(BaseModel):
    """What the names of a prompt stand for; documents by id or handle."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"variables": {"invoice": "document_1"}, "version": 1}}
    )

    variables: Annotated[dict[str, Any], Field(max_length=MOST_VARIABLES)] = {}
    version: Number | None = None
    label: VersionLabel | None = Field(None, description="Else that of `production`.")

    @model_validator(mode="after")
    def _one(self) -> "RenderRequest":
        if self.version is not None and self.label is not None:
            raise ValueError("give `version` or `label`, not both")
        return self


class Prompt(Model):
    """A prompt of the library; what it says is in its versions."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "019aa5c2-7d2e-7c11-9f6a-0d8b3f0f4a10",
                "handle": "prompt_1",
                **PROMPT,
                "versions": 2,
                "labels": {"production": 1, "test": 2},
                "revision": 4,
                "created_at": "2026-11-22T09:31:00Z",
                "created_by": "admin",
                "changed_at": "2026-11-22T09:40:00Z",
                "changed_by": "admin",
            }
        }
    )

    id: UUID
    handle: str
    name: str
    description: str
    tags: list[str]
    versions: int = Field(description="How many there are; the newest has this number.")
    labels: dict[str, int] = Field(description="Which version each stands for; steps take that of `production`.")
    revision: int = Field(description="Counts changes, new versions and moved labels; its ETag.")
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class PromptVersion(Model):
    """A version of a prompt: it never changes; only its labels may."""

    prompt: str = Field(description="The prompt's handle.")
    name: str = Field(description="The prompt's name.")
    number: int
    text: str
    system: str
    variables: dict[str, Variable]
    output_schema: dict[str, Any] | None
    provider: str
    model: str
    temperature: float | None
    max_tokens: int | None
    digest: str = Field(description="SHA-256 of all that a model is told by it; notes do not count.")
    notes: str
    labels: list[str]
    created_at: datetime
    created_by: str


class Rendered(Model):
    """What a model would be told; nobody was asked."""

    prompt: str = Field(description="The prompt's name.")
    version: int
    digest: str = Field(description="Of the version.")
    system: str
    text: str
    output_schema: dict[str, Any] | None
    provider: str
    model: str
    temperature: float | None
    max_tokens: int | None


class PromptDifference(Model):
    """One thing that differs."""

    path: str = Field(description="Such as `variables.reader.type`.")
    change: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None


class PromptDiff(Model):
    """What a version changed of another one."""

    model_config = ConfigDict(populate_by_name=True)

    prompt: str
    from_: int = Field(alias="from")
    to: int
    same: bool
    summary: list[str] = Field(description="For people: a line for each difference.")
    text: list[str] = Field(description="Lines of the texts: `+` came, `-` went, a space stayed.")
    system: list[str]
    changes: list[PromptDifference] = Field(description="Variables, schema and wishes, by path.")


class PromptQuery(PageQuery):
    """Which prompts are listed."""

    tag: Annotated[str, Field(max_length=50)] | None = None
    search: Annotated[str, Field(max_length=100, description="In name and description.")] | None = None
