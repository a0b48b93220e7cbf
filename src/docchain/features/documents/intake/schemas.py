"""What clients see of intake."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from docchain.engine.moments import Instant
from docchain.features.documents.intake.examples import ITEM, RULES, TUS
from docchain.platform.model import NUMBER, Model
from docchain.platform.pagination import PageQuery

Way = Literal["upload", "tus", "cli", "url", "folder", "mail", "hook", "step", "example"]
Outcome = Literal["accepted", "duplicate", "refused"]
Choice = Literal["refuse", "accept"]


class IntakeItem(Model):
    """One thing that came in, or wanted to."""

    model_config = ConfigDict(json_schema_extra={"example": ITEM})

    id: UUID
    source: Way = Field(description="The way it came.")
    source_id: UUID | None = Field(None, description="The source that it came from, if that is one of the workspace.")
    origin: str = Field(description="Where it was: a path, an address, a mailbox.")
    name: str
    declared_type: str | None = Field(None, description="What was said to be its type.")
    seen_type: str | None = Field(None, description="Its type by content.")
    size: int | None = None
    sha256: str | None = None
    received_at: datetime
    received_by: str
    outcome: Outcome
    reason: str | None = Field(None, description="Why it was refused, such as `macros` or `archive_bomb`.")
    detail: str | None = Field(None, description="The same in words.")
    document_id: UUID | None = Field(None, description="The document that it became.")
    version_id: UUID | None = None
    duplicate_of: UUID | None = Field(None, description="A document that has the same bytes.")
    parent_id: UUID | None = Field(None, description="What it came with: the entry of the message it was attached to.")
    run_id: UUID | None = Field(None, description="The run that was started with it, or whose step brought it.")


class IntakeFilter(BaseModel):
    """What the ledger is narrowed to."""

    model_config = ConfigDict(extra="forbid")

    source: Way | None = Field(None, description="The way it came.")
    source_id: UUID | None = Field(None, description="What came from one source.")
    outcome: Outcome | None = None
    reason: str | None = Field(None, max_length=40, description="Why it was refused.")
    name: str | None = Field(None, max_length=200, description="Part of the name, in any case.")
    sha256: str | None = Field(None, max_length=64, description="What has exactly this content.")
    parent_id: UUID | None = Field(None, description="What came with another entry.")
    received_after: Instant | None = None
    received_before: Instant | None = None


class IntakeQuery(PageQuery, IntakeFilter):
    """How the ledger is asked."""

    sort: Literal["received_at", "-received_at"] = "-received_at"


class IntakeRules(BaseModel):
    """What a workspace takes; what is null is as the operator's settings say."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": RULES})

    allow: list[str] | None = Field(
        None,
        max_length=200,
        description="Media types by content, or families such as `image/*`; empty is all but programs.",
    )
    max_bytes: Annotated[int, Field(ge=1, le=2**53 - 1), NUMBER] | None = Field(None, description="Largest file.")
    macros: Choice | None = None
    encrypted: Choice | None = None
    mismatch: Choice | None = None


class TusUploads(Model):
    """One's own unfinished uploads, the next to expire first."""

    model_config = ConfigDict(json_schema_extra={"example": {"items": [TUS]}})

    items: list["TusUpload"]


class TusUpload(Model):
    """A resumable upload."""

    model_config = ConfigDict(json_schema_extra={"example": TUS})

    id: UUID
    name: str
    offset: int = Field(description="Bytes that are here.")
    length: int | None = Field(None, description="Bytes that it has in all; null as long as the client does not know.")
    expires_at: datetime = Field(description="When it is removed, unless more of it comes.")
    intake: IntakeItem | None = Field(None, description="What became of it, once all of it was here.")
