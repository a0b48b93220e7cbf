"""What clients say and see of API keys; the key itself is told once, when it is made or rotated."""

import ipaddress
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from docchain.engine.moments import Moment
from docchain.platform.model import NO_FLAG, Model
from docchain.platform.pagination import PageQuery

_KEY: Final[dict[str, Any]] = {
    "id": "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10",
    "name": "Invoices from the ERP",
    "prefix": "dck_4f6d1c8b10aa",
    "created_by": "admin",
    "permissions": ["documents:write", "workflows:execute"],
    "things": [],
    "networks": ["10.0.0.0/8"],
    "created_at": "2026-11-22T09:30:00Z",
    "expires_at": "2027-02-20T09:30:00Z",
    "rotated_at": None,
    "former_until": None,
    "revoked_at": None,
    "last_used_at": None,
    "last_address": "",
}
_SECRET: Final = "dck_4f6d1c8b10aa_3q2-7wExampleExampleExampleExampleExample00"  # noqa: S105 - an example
PermissionName = Annotated[str, Field(min_length=1, max_length=60)]
ThingName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^(workflow|collection|document_type):.+$")]
Network = Annotated[str, Field(min_length=3, max_length=50)]


class ApiKeyRequest(BaseModel):
    """What a key is to be good for: never for more than whoever makes it may."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "Invoices from the ERP",
                "permissions": ["documents:read", "documents:write", "workflows:execute"],
            }
        },
    )

    name: str = Field(min_length=1, max_length=100)
    permissions: list[PermissionName] = Field(
        [], max_length=100, description="Which permissions it has; empty: all that only read."
    )
    read_only: bool = Field(default=False, description="Only those of the permissions that read.")
    things: list[ThingName] = Field(
        [],
        max_length=100,
        description="The only workflows, or collections and types of documents, that it reaches: `workflow:workflow_3`,"
        " `collection:Contracts`, `document_type:Invoice`. Empty: all that its maker reaches.",
    )
    networks: list[Network] = Field(
        [], max_length=50, description="From where it works, such as `10.0.0.0/8`; empty: from everywhere."
    )
    expires_at: Moment | None = Field(None, description="If left out, after DOCCHAIN_API_KEY_DAYS days.")

    @field_validator("networks")
    @classmethod
    def _check_networks(cls, networks: list[str]) -> list[str]:
        try:
            return [str(ipaddress.ip_network(network, strict=False)) for network in networks]
        except ValueError:
            raise ValueError("write networks such as 10.0.0.0/8 or 2001:db8::/32") from None


class ApiKeyChange(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "Invoices from the new ERP"}})

    name: str = Field(min_length=1, max_length=100)


class RotateRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"overlap_hours": 1}})

    overlap_hours: Annotated[int, Field(ge=0, le=720), NO_FLAG] | None = Field(
        None, description="How long the former secret works, too; if left out, DOCCHAIN_API_KEY_OVERLAP_HOURS."
    )


class ApiKeyQuery(PageQuery):
    """How keys are asked for."""

    everybody: bool = Field(default=False, description="Also those of others; needs the permission keys:manage.")


class ApiKey(Model):
    """An API key as it is listed: never its secret."""

    model_config = ConfigDict(json_schema_extra={"example": _KEY})

    id: UUID
    name: str
    prefix: str = Field(description="How the key begins.")
    created_by: str = Field(description="Whose rights bound it, at each use.")
    permissions: list[str]
    things: list[str] = Field(description="The only things that it reaches, by kind and id; empty: all.")
    networks: list[str]
    created_at: datetime
    expires_at: datetime | None
    rotated_at: datetime | None
    former_until: datetime | None = Field(description="Until when the secret before the last rotation works.")
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    last_address: str


class NewApiKey(ApiKey):
    """A key with what it is: keep it, it is not told again."""

    model_config = ConfigDict(json_schema_extra={"example": {**_KEY, "key": _SECRET}})

    key: str = Field(description="Send it as `Authorization: Bearer …`. If this request is repeated, it is empty.")
