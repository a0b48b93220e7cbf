"""What clients see of storage."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from docchain.platform.model import NO_FLAG, Model
from docchain.platform.pagination import PageQuery

Compression = Literal["none", "gzip", "zip", "lz4", "zstd"]
_MOST: Final = 2**53 - 1  # what every reader of JSON can tell exactly
_CENTURY: Final = 100 * 365 * 24 * 3_600
_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_USAGE: Final[dict[str, Any]] = {
    "bytes": 734003200,
    "documents": 1893,
    "quota_bytes": 10737418240,
    "quota_documents": None,
    "compression": "zstd",
    "encryption": "aes-256-gcm",
    "store": "s3://archive/docs",
}


class StorageUsage(Model):
    """What the documents of a workspace take, and what they may take."""

    model_config = ConfigDict(json_schema_extra={"example": _USAGE})

    bytes: int = Field(description="Sizes of all versions, deleted documents included until they are purged.")
    documents: int
    quota_bytes: int | None = Field(description="Null: no limit.")
    quota_documents: int | None = Field(description="Null: no limit.")
    compression: Compression = Field(description="How new content is compressed.")
    encryption: str = Field("", description="How new content is encrypted.")
    store: str = Field("", description="Where content is kept; told to administrators only.")


class QuotaRequest(BaseModel):
    """What a workspace may take; what is left out or null follows the settings of the installation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"quota_bytes": 10737418240, "quota_documents": None, "compression": "zstd"}},
    )

    quota_bytes: Annotated[int, Field(ge=0, le=_MOST), NO_FLAG] | None = Field(None, description="0: no limit.")
    quota_documents: Annotated[int, Field(ge=0, le=_MOST), NO_FLAG] | None = Field(None, description="0: no limit.")
    compression: Compression | None = None


class VerifyRequest(BaseModel):
    """Which part of a workspace's content is read and compared; begin without a cursor."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"limit": 50}})

    cursor: str | None = Field(None, pattern=r"^[0-9a-f]{64}$", description="The `next_cursor` of the answer before.")
    limit: Annotated[int, NO_FLAG] = Field(
        50, ge=1, le=1_000, description="How many contents at most; it stops earlier after 20 s."
    )


class Damage(Model):
    """Content that is not what was stored."""

    sha256: str
    problem: str = Field(description="What is wrong, down to the chunk; or that it is missing.")


class Verified(Model):
    """What was read and compared with its name."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "checked": 50,
                "bytes": 48213000,
                "damaged": [{"sha256": _SHA256, "problem": "chunk 2 of 3 was changed (bytes 262,144 to 524,288)"}],
                "next_cursor": _SHA256,
            }
        }
    )

    checked: int = 0
    bytes: int = 0
    damaged: list[Damage] = Field(default_factory=list)
    next_cursor: str | None = Field(None, description="Null when everything was read.")


class Verdict(Model):
    """Why stored content is kept, or is garbage."""

    sha256: str
    size: int = Field(description="As it is stored.")
    stored_at: datetime
    kept: bool
    reason: str


class CollectRequest(BaseModel):
    """What to tell; nothing is removed here."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"limit": 100, "kept": False}})

    limit: Annotated[int, NO_FLAG] = Field(100, ge=1, le=1_000, description="How many verdicts at most.")
    kept: bool = Field(default=False, strict=True, description="Tell of content that is kept, too.")


class Collection(Model):
    """What a collection of garbage would do."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kept": 1893,
                "dropped": 1,
                "dropped_bytes": 48213,
                "verdicts": [
                    {
                        "sha256": _SHA256,
                        "size": 48213,
                        "stored_at": "2026-11-20T09:30:00Z",
                        "kept": False,
                        "reason": "nothing names it: no version, no run under way",
                    }
                ],
            }
        }
    )

    kept: int = 0
    dropped: int = 0
    dropped_bytes: int = 0
    verdicts: list[Verdict] = Field(default_factory=list)

    def add(self, verdict: Verdict, *, show: bool) -> None:
        if verdict.kept:
            self.kept += 1
        else:
            self.dropped, self.dropped_bytes = self.dropped + 1, self.dropped_bytes + verdict.size
        if show:
            self.verdicts.append(verdict)


class StorageMove(Model):
    """A move of all content of the installation to another store."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "example": {
                "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e40",
                "source": "file:///srv/docchain/blobs",
                "target": "s3://archive/docs",
                "status": "copying",
                "objects": 1200,
                "total_objects": 1893,
                "bytes": 512000000,
                "total_bytes": 734003200,
                "problems": [],
                "started_at": "2026-11-22T09:30:00Z",
                "moved_at": "2026-11-22T09:34:10Z",
                "ended_at": None,
            }
        },
    )

    id: UUID
    source: str
    target: str
    status: Literal["copying", "done", "failed"]
    objects: int
    total_objects: int
    bytes: int
    total_bytes: int
    problems: list[str] = Field(description="What could not be copied and compared, and why.")
    started_at: datetime
    moved_at: datetime
    ended_at: datetime | None


class StorageMoves(Model):
    """The latest moves, newest first; none if nothing was ever moved."""

    items: list[StorageMove]


class LinkRequest(BaseModel):
    """For how long, and to which version."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"expires_in": 3600, "revocable": True}})

    expires_in: Annotated[int, NO_FLAG] = Field(
        3_600, ge=1, le=_CENTURY, description="Seconds that the link is good for."
    )
    version: Annotated[int, Field(ge=1, le=2_147_483_647), NO_FLAG] | None = Field(
        None, description="A version's number; else the current one."
    )
    revocable: bool = Field(
        default=False,
        strict=True,
        description="Hand it out here also where the store could: it can be revoked.",
    )


_LINK: Final = "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e50"
_REVOCABLE: Final = "Whether it can be revoked: the store asks nobody about links that it hands out itself."
_SIGNED_BY: Final = "Who hands it out: this server, or the store itself where content is stored as it is."


class DocumentLink(Model):
    """An address that hands out one version to whoever knows it, for a while."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": _LINK,
                "url": "https://flows.example.com/api/v3/files/3vX…",
                "signed_by": "server",
                "revocable": True,
                "version": 1,
                "expires_at": "2026-11-22T10:30:00Z",
            }
        }
    )

    id: UUID
    url: str
    signed_by: Literal["server", "store"] = Field(description=_SIGNED_BY)
    revocable: bool = Field(description=_REVOCABLE)
    version: int
    expires_at: datetime


class KeptLink(Model):
    """A link that was made; its address is not kept, so it is told once."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": _LINK,
                "version": 1,
                "signed_by": "server",
                "revocable": True,
                "created_at": "2026-11-22T09:30:00Z",
                "created_by": "ana",
                "expires_at": "2026-11-22T10:30:00Z",
                "revoked_at": None,
                "revoked_by": None,
                "uses": 3,
                "last_used_at": "2026-11-22T09:41:12Z",
                "lapsed": None,
            }
        }
    )

    id: UUID
    version: int
    signed_by: Literal["server", "store"] = Field(description=_SIGNED_BY)
    revocable: bool = Field(description=_REVOCABLE)
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    uses: int = Field(description="Downloads from the beginning on; of links of the store, nobody knows.")
    last_used_at: datetime | None = None
    lapsed: Literal["maker_gone", "permission_lost", "document_withheld"] | None = Field(
        None,
        description="Why it opens nothing now: whoever made it was disabled, is no member any more or their key was "
        "revoked, they may not make links to it any more, or the document is kept from them.",
    )


class LinkQuery(PageQuery):
    """Which links of a document."""

    ended: bool = Field(default=False, description="Also those that ended, or were revoked, in the last 90 days.")
