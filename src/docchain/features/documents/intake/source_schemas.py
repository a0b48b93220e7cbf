"""Sources as clients see them: places that are looked at, or that call."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from docchain.features.documents.intake.examples import NEW_SOURCE, SOURCE
from docchain.features.secrets import SecretName
from docchain.platform.model import NUMBER, Model

Kind = Literal["folder", "mail", "hook"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FolderOptions(_Options):
    """A folder of the server, below one that the operator listed."""

    path: Text = Field(description="Below a folder of DOCCHAIN_INTAKE_ROOTS.")
    recursive: bool = Field(default=False, strict=True)
    after: Literal["move", "leave"] = Field("move", description="Move files to `done` and `refused`, or leave them.")


class Secret(_Options):
    """Where a password is: it is never kept here, nor told."""

    env: str | None = Field(None, pattern=r"^DOCCHAIN_INTAKE_SECRET_[A-Z0-9_]{1,80}$", description="A variable.")
    file: str | None = Field(None, pattern=r"^[\w.-]{1,100}$", description="A file in DOCCHAIN_INTAKE_SECRETS_DIR.")
    secret: SecretName | None = Field(None, description="A secret of the workspace.")

    @model_validator(mode="after")
    def _one(self) -> "Secret":
        if sum(place is not None for place in (self.env, self.file, self.secret)) != 1:
            raise ValueError("name a secret of the workspace as `secret`, a variable as `env`, or a file as `file`")
        return self


class MailOptions(_Options):
    """A mailbox."""

    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65535), NUMBER] = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    user: Text
    password: Secret
    folder: Text = "INBOX"
    search: Annotated[str, StringConstraints(max_length=500, pattern=r"^[\x20-\x7e]+$")] = Field(
        "ALL", description="Which messages, in IMAP's words, such as `UNSEEN` or `FROM scans@example.com`."
    )
    after: Literal["seen", "move", "leave"] = Field("seen", description="What happens to a message that was taken.")
    move_to: Text = "Archive"


class HookOptions(_Options):
    """An address that others send files to."""

    signed: bool = Field(default=True, strict=True, description="Take only what is signed with the key of this hook.")


OPTIONS: dict[str, type[_Options]] = {"folder": FolderOptions, "mail": MailOptions, "hook": HookOptions}


class SourceRequest(BaseModel):
    """A source that is to be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": NEW_SOURCE})

    kind: Kind
    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    options: dict[str, Any] = Field(default_factory=dict, description="What its kind needs; see the documentation.")
    workflow: str | None = Field(None, max_length=100, description="A workflow that is started with each document.")
    input: str = Field("document", max_length=100, description="The input of that workflow which takes the document.")
    duplicates: Literal["skip", "keep"] = Field(
        "skip", description="What happens to bytes that a document has already."
    )
    enabled: bool = Field(default=True, strict=True)


class IntakeSource(Model):
    """A source."""

    model_config = ConfigDict(json_schema_extra={"example": SOURCE})

    id: UUID
    handle: str
    kind: Kind
    name: str
    enabled: bool
    options: dict[str, Any]
    workflow: str | None = None
    input: str
    duplicates: Literal["skip", "keep"]
    revision: int
    created_at: datetime
    created_by: str
    last_look: datetime | None = Field(None, description="When it was last looked at.")
    problem: str | None = Field(None, description="What stands in the way at present.")
    address: str | None = Field(None, description="Where to send to; told once, when a hook is made.")
    signing_key: str | None = Field(None, description="What to sign with; told once, when a hook is made.")


class IntakeSources(Model):
    items: list[IntakeSource]


class UrlRequest(BaseModel):
    """A document that is fetched."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"url": "https://example.com/invoice.html", "name": "invoice.html"}},
    )

    url: Annotated[str, StringConstraints(max_length=4_000, pattern=r"^https?://")]
    name: str | None = Field(None, max_length=500, description="Its name; otherwise what the other side calls it.")


class HookRequest(BaseModel):
    """A file within JSON, for callers that cannot send it as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "note.txt", "content": "bm90YQ=="}}
    )

    name: str = Field(max_length=500)
    content: str = Field(description="Base64.")
    media_type: str | None = Field(None, max_length=200)
