"""What clients say and see of roles, permissions, grants and restrictions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from docchain.features.identity.authorization.catalogue import HIDEABLE
from docchain.platform.model import Model

Kind = Literal["workflow", "collection", "document_type"]
Action = Literal["read", "write", "execute", "answer"]
PermissionName = Annotated[str, Field(min_length=1, max_length=60)]
Hidden = Annotated[str, Field(min_length=1, max_length=120, pattern=rf"^({HIDEABLE})$")]
RoleName = Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[a-z][a-z0-9_-]*$")]
_Thing = Annotated[str, Field(min_length=1, max_length=200)]

_ROLE: Final[dict[str, Any]] = {
    "name": "bookkeeper",
    "description": "Looks after invoices, and sees no bank accounts",
    "permissions": ["approvals:answer", "approvals:read", "documents:read", "runs:read", "workflows:read"],
    "hidden": ["document.fields.iban", "run.payload"],
}
_THING: Final[dict[str, Any]] = {"kind": "workflow", "thing": "workflow_1"}
_GRANT: Final[dict[str, Any]] = {**_THING, "role": "reviewer", "actions": ["read", "execute"]}
_AT: Final = "2026-11-22T09:30:00Z"
_ID: Final = "019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10"


class RoleRequest(BaseModel):
    """A role: never with more than whoever makes it may."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _ROLE})

    name: RoleName
    description: str = Field("", max_length=500)
    permissions: list[PermissionName] = Field(max_length=100)
    hidden: list[Hidden] = Field(
        [],
        max_length=100,
        description="What its members are not shown: `run.payload` (inputs and outputs of runs), "
        "`document.fields.<name>`, or `document.fields.*`. It is shown as `•••`, and the header `Hidden-Fields` says "
        "so.",
    )


class RoleChange(BaseModel):
    """What the role is from now on, for all who have it, at once."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {name: _ROLE[name] for name in _ROLE if name != "name"}}
    )

    description: str = Field("", max_length=500)
    permissions: list[PermissionName] = Field(max_length=100)
    hidden: list[Hidden] = Field([], max_length=100)


class Role(Model):
    """A role, built in or of this workspace."""

    model_config = ConfigDict(json_schema_extra={"example": {**_ROLE, "built_in": False, "revision": 1, "members": 2}})

    name: str
    description: str
    permissions: list[str]
    hidden: list[str]
    built_in: bool
    revision: int = Field(description="Counts its changes; it is the ETag.")
    members: int = Field(description="How many members of the workspace have it.")


class PermissionShown(Model):
    """A permission, and what it lets one do."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "runs:read",
                "description": {
                    "en": "See runs and what their steps did",
                    "es": "Ver ejecuciones y lo que hicieron sus pasos",
                },
                "roles": ["admin", "editor", "owner"],
                "yours": True,
            }
        }
    )

    name: str
    description: Mapping[str, str] = Field(description="By language: en, es.")
    roles: list[str] = Field(description="The built-in roles that have it.")
    yours: bool


class GrantRequest(BaseModel):
    """What a member, or everybody of a role, may do with one thing, whatever their role says."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _GRANT})

    kind: Kind
    thing: _Thing = Field(description="Id or handle of a workflow; id or name of a collection or a type.")
    user: str | None = Field(None, min_length=1, max_length=200, description="Id or username of a member.")
    role: str | None = Field(None, min_length=1, max_length=40)
    actions: list[Action] = Field(min_length=1, max_length=4)


class Grant(Model):
    """A grant, as it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {**_GRANT, "id": _ID, "thing_id": _ID, "user": None, "created_at": _AT, "created_by": "admin"}
        }
    )

    id: UUID
    kind: str
    thing: str = Field(description="What it was called when it was granted.")
    thing_id: UUID
    user: str | None = Field(description="The id of the member.")
    role: str | None
    actions: list[str]
    created_at: datetime
    created_by: str


class RestrictionRequest(BaseModel):
    """A thing that from now on only those see to whom it was granted, and owners."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _THING})

    kind: Kind
    thing: _Thing = Field(description="Id or handle of a workflow; id or name of a collection or a type.")


class Restriction(Model):
    """A restricted thing."""

    model_config = ConfigDict(
        json_schema_extra={"example": {**_THING, "thing_id": _ID, "created_at": _AT, "created_by": "admin"}}
    )

    kind: str
    thing: str = Field(description="What it was called when it was restricted.")
    thing_id: UUID
    created_at: datetime
    created_by: str


class Restrictions(Model):
    """All restricted things of the workspace that one sees."""

    items: list[Restriction]


class Rule(Model):
    """One rule that was looked at."""

    rule: str = Field(description="`member`, `role`, `grant`, `restriction`, `key` or `owner`.")
    outcome: str = Field(description="`allows`, `denies`, or `says nothing`.")
    because: str = Field(description="In words.")


class ExplainQuery(BaseModel):
    """Whose right to do what is asked for."""

    model_config = ConfigDict(extra="forbid")

    action: str = Field(
        max_length=60, description="A permission, such as `workflows:execute`.", examples=["workflows:execute"]
    )
    user: str | None = Field(
        None, max_length=200, description="Id or username of a member; oneself if left out.", examples=["admin"]
    )
    resource: str | None = Field(
        None,
        max_length=220,
        description="`workflow:workflow_3`, `collection:Contracts` or `document_type:Invoice`; a thing that it is "
        "about.",
    )


class Explanation(Model):
    """Whether somebody may do something, and each rule that was looked at."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "user": "admin",
                "action": "workflows:execute",
                "resource": None,
                "allowed": True,
                "rules": [
                    {"rule": "member", "outcome": "allows", "because": "admin is a member with the role owner."},
                    {"rule": "role", "outcome": "allows", "because": "The role owner has workflows:execute."},
                ],
            }
        }
    )

    user: str
    action: str
    resource: str | None
    allowed: bool
    rules: list[Rule]
