"""What clients see of the audit log."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from docchain.engine.moments import Instant
from docchain.features.audit.examples import CHAIN, ENTRY
from docchain.platform.model import Model
from docchain.platform.pagination import PageQuery

Outcome = Literal["done", "refused", "failed"]
Scope = Literal["workspace", "installation"]
_TYPE: Final = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?$"
TypePattern = Annotated[str, Field(max_length=100, pattern=_TYPE, description="A type, or a family: `document.*`.")]


class AuditEntry(Model):
    """One entry of the log: who did what, when, from where, and what it changed."""

    model_config = ConfigDict(json_schema_extra={"example": ENTRY})

    position: int = Field(description="Its place in the log; later entries have larger ones.")
    id: UUID
    at: datetime
    actor: str = Field(description="The user's name, or who else acted, such as `system`.")
    actor_id: UUID | None
    type: str
    outcome: Outcome
    resource_kind: str
    resource_id: UUID | None
    data: dict[str, Any]
    changes: dict[str, Any] = Field(
        description="Fields of the resource before and after; secrets are masked, long values are digests."
    )
    source: dict[str, Any] = Field(
        description="Where it came from: door, address, session, and a digest of the client's name."
    )
    request_id: str | None = Field(description="Also in the answer's header X-Request-ID and in the server's log.")
    sealed: bool = Field(description="A signed checkpoint covers it.")


class AuditFilter(BaseModel):
    """What the log is narrowed to."""

    model_config = ConfigDict(extra="forbid")

    actor: str | None = Field(None, max_length=200, description="A user's name or id, or who else acted.")
    type: TypePattern | None = None
    resource_kind: str | None = Field(None, max_length=60, description="Such as `workflow`.")
    resource_id: UUID | None = None
    outcome: Outcome | None = None
    request_id: str | None = Field(None, max_length=64)
    after: Instant | None = Field(None, description="From this moment on.")
    before: Instant | None = Field(None, description="Before this moment.")
    q: str | None = Field(
        None, min_length=2, max_length=200, description="A text that the entry has anywhere, in any case."
    )


class AuditQuery(PageQuery, AuditFilter):
    """How the log is asked. A page looks at a bounded number of entries, so it may have fewer than `limit`: go on."""

    scope: Scope = Field("workspace", description="`installation`: what belongs to no workspace; for its operators.")


class AuditChain(Model):
    """How far the log is sealed."""

    model_config = ConfigDict(json_schema_extra={"example": CHAIN})

    checkpoints: int
    sealed_until: int = Field(description="The position of the last sealed entry.")
    digest: str = Field(
        description="Of the last checkpoint; keep it elsewhere to prove later that nothing was cut off."
    )
    sealed_at: datetime | None
    public_key: str | None = Field(description="Ed25519, base64.")
