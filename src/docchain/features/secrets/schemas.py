"""Secrets as clients see them: everything but what they are for, their values."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from docchain.platform.model import Model
from docchain.platform.revealed import SHORTEST

LONGEST: Final = 16_384
Kind = Literal["token", "password", "key", "other"]
SecretName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$"), Field(description="Small letters, digits, `_` and `-`.")
]
Host = Annotated[str, StringConstraints(pattern=r"^(\*\.)?[A-Za-z0-9_.:-]{1,253}$", to_lower=True)]
_HOSTS: Final = Field(
    max_length=50,
    description="Hosts that it may be sent to, such as `api.example.com` or `*.example.com`; empty: any.",
)
_VALUE: Final = Field(min_length=SHORTEST, max_length=LONGEST, description="Never told again.")
_EXAMPLE: Final[dict[str, Any]] = {
    "name": "erp_token",
    "value": "an-example-that-opens-nothing",
    "kind": "token",
    "description": "Sends invoices to the ERP.",
    "hosts": ["erp.example.com"],
}


class SecretRequest(BaseModel):
    """A secret that is to be kept."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    name: SecretName
    value: SecretStr = _VALUE
    kind: Kind = "other"
    description: str = Field("", max_length=1_000)
    hosts: Annotated[list[Host], _HOSTS] = []


class SecretChange(BaseModel):
    """What a secret is to be; its value stays unless another one is given."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"value": "another-one-that-opens-nothing", "kind": "token", "hosts": []}},
    )

    value: SecretStr | None = Field(
        None, min_length=SHORTEST, max_length=LONGEST, description="The new one; never told again."
    )
    kind: Kind = "other"
    description: str = Field("", max_length=1_000)
    hosts: Annotated[list[Host], _HOSTS] = []


class Secret(Model):
    """A secret without its value, which nobody can read back."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
                "handle": "secret_1",
                "name": "erp_token",
                "kind": "token",
                "description": "Sends invoices to the ERP.",
                "hosts": ["erp.example.com"],
                "fingerprint": "9f2c04d1a7be",
                "revision": 1,
                "created_at": "2026-11-22T09:30:00Z",
                "created_by": "admin",
                "changed_at": "2026-11-22T09:30:00Z",
                "changed_by": "admin",
                "used_at": None,
                "uses": 0,
            }
        }
    )

    id: UUID
    handle: str
    name: str
    kind: Kind
    description: str
    hosts: list[str]
    fingerprint: str = Field(description="Changes with the value; the value cannot be told from it.")
    revision: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    used_at: datetime | None = Field(None, description="When a step or a source used it last, to a minute or so.")
    uses: int = Field(description="How often it was used.")
